# The style and the script of the HTML report as C arrays, and their hashes for the content security
# policy (CSP 3, 2.3.1: base64 of SHA-256 over exactly the bytes between the tags).
#
#   cmake -DOUT=FILE -DSTYLE=FILE -DSCRIPT=FILE -P embed.cmake

set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)

# 32 bytes are ten groups of three, and two, which base64 ends with one "=".
function(base64 hex out)
  set(text "")
  string(APPEND hex 00)
  foreach(at RANGE 0 60 6)
    string(SUBSTRING ${hex} ${at} 6 group)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${group} >> ${shift}) & 63")
      string(SUBSTRING ${digits} ${index} 1 digit)
      string(APPEND text ${digit})
    endforeach()
  endforeach()
  string(SUBSTRING ${text} 0 43 text)
  set(${out} "${text}=" PARENT_SCOPE)
endfunction()

function(embed name file out)
  file(READ ${file} hex HEX)
  file(SHA256 ${file} sha256)
  base64(${sha256} hash)
  string(REGEX REPLACE "(..)" "0x\\1, " bytes "${hex}")
  set(${out} "${${out}}
const char ${name}[] = { ${bytes}0 };
const char ${name}_hash[] = \"sha256-${hash}\";
" PARENT_SCOPE)
endfunction()

set(text "#include \"report_page.h\"\n")
embed(page_style ${STYLE} text)
embed(page_script ${SCRIPT} text)
file(WRITE ${OUT} "${text}")
