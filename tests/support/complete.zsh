# complete.zsh FOLDER LINE: what a real zsh makes of the line and the tabulator key.
zmodload zsh/zpty
zpty shell "TERM=dumb PS1='% ' zsh -f -i"
zpty -w shell "unset zle_bracketed_paste; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; echo rea''dy"
zpty -r shell answer '*ready*'
zpty -n -w shell "$2"$'\t'
sleep 1
zpty -w shell $'\x15'"echo do''ne"
zpty -r shell answer '*done*'
print -r -- "$answer"
zpty -d shell
