# shellcheck shell=bash
# Real servers, on loopback and in the foreground, with certificates good and bad.  Source after lib.sh.
#
#   make_variants DIRECTORY                one PKI and its bundles, see below
#   serve_nginx NAME PORT CERT KEY         CERT: leaf first, as nginx wants it
#   serve_haproxy NAME PORT PEM            PEM: certificates and key in one file
#   served PORT NAME                       subjects as served, one a line

# --- servers ----------------------------------------------------------------------------------------

nginx_conf() {
	local name=$1 port=$2 cert=$3 key=$4 user='' kind temp=''
	# A worker of root would become another user, who may not read our folder.
	[[ $(id -u) -ne 0 ]] || user='user root;'
	for kind in client_body proxy fastcgi uwsgi scgi; do
		temp+="${kind}_temp_path $workdir/$name.tmp; "
	done
	cat <<-CONF
		$user
		worker_processes 1;
		pid $workdir/$name.pid;
		events { worker_connections 256; }
		http {
			access_log off;
			$temp
			server {
				listen 127.0.0.1:$port ssl;
				server_name _;
				ssl_certificate $cert;
				ssl_certificate_key $key;
				location / { return 200 "$name\n"; }
			}
		}
	CONF
}

serve_nginx() {
	nginx_conf "$@" >"$workdir/$1.conf"
	start_nginx "$1" "$workdir/$1.conf"
	wait_for_port "$2"
}

haproxy_conf() {
	cat <<-CONF
		global
			maxconn 256
			stats socket $workdir/$1.sock mode 600 level admin
		defaults
			mode http
			timeout connect 5s
			timeout client 10s
			timeout server 10s
		frontend $1
			bind 127.0.0.1:$2 ssl crt $3
			http-request return status 200 content-type text/plain string "$1"
	CONF
}

serve_haproxy() {
	haproxy_conf "$@" >"$workdir/$1.conf"
	start_haproxy "$1" "$workdir/$1.conf"
	wait_for_port "$2"
}

served() {
	openssl s_client -connect "127.0.0.1:$1" -servername "$2" -showcerts </dev/null 2>/dev/null |
		sed -nE 's/^ *[0-9]+ s:(.*)/\1/p'
}

# --- certificates -----------------------------------------------------------------------------------

# Certificates with chosen dates need `openssl ca`, and that a database.
ca_conf() {
	cat <<-CONF
		[ca]
		default_ca = it
		[it]
		database = $1/index.txt
		serial = $1/serial
		new_certs_dir = $1/issued
		default_md = sha256
		unique_subject = no
		policy = any
		[any]
		commonName = supplied
		[root]
		basicConstraints = critical, CA:true
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		[intermediate]
		basicConstraints = critical, CA:true
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		[leaf]
		basicConstraints = critical, CA:false
		keyUsage = critical, digitalSignature, keyEncipherment
		extendedKeyUsage = serverAuth
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		subjectAltName = \${ENV::NAMES}
	CONF
}

day() {
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

# sign DIRECTORY NAME "COMMON NAME" SECTION SIGNER FROM TO: NAME.crt with a new key NAME.key.
# SIGNER is NAME for a self-signed one; $NAMES are the leaf's.
sign() {
	local directory=$1 name=$2 common=$3 section=$4 signer=$5 from=$6 to=$7
	local authority=(-cert "$directory/$signer.crt")
	[[ $signer != "$name" ]] || authority=(-selfsign)
	openssl req -new -newkey rsa:2048 -nodes -keyout "$directory/$name.key" -subj "/CN=$common" \
		-out "$directory/$name.csr" 2>/dev/null
	NAMES=${NAMES:-DNS:unused.test} openssl ca -batch -notext -config "$directory/ca.cnf" \
		"${authority[@]}" -keyfile "$directory/$signer.key" -extensions "$section" \
		-in "$directory/$name.csr" -out "$directory/$name.crt" -rand_serial \
		-startdate "$(day "$from")" -enddate "$(day "$to")" >"$directory/ca.log" 2>&1 ||
		fail "openssl ca: $(tail -n 3 "$directory/ca.log")"
}

make_pki() {
	local directory=$1
	mkdir -p "$directory/issued"
	: >"$directory/index.txt"
	ca_conf "$directory" >"$directory/ca.cnf"
	sign "$directory" root 'Test Root' root root '-1 year' '+9 years'
	sign "$directory" outer 'Test Intermediate 1' intermediate root '-1 year' '+4 years'
	sign "$directory" inner 'Test Intermediate 2' intermediate outer '-1 year' '+3 years'
	NAMES='DNS:*.example.test,DNS:example.test' \
		sign "$directory" leaf 'example.test' leaf inner '-1 day' '+90 days'
	NAMES='DNS:*.example.test,DNS:example.test' \
		sign "$directory" old 'example.test' leaf inner '-100 days' '-10 days'
	NAMES='DNS:www.elsewhere.test' \
		sign "$directory" other 'www.elsewhere.test' leaf inner '-1 day' '+90 days'
}

# variant DIRECTORY NAME LEAF CERTIFICATE...: NAME.pem (certificates), NAME.key, NAME.full.pem (both).
variant() {
	local directory=$1 name=$2 leaf=$3 part
	shift 3
	for part; do
		cat "$directory/$part.crt"
	done >"$directory/$name.pem"
	install -m 600 "$directory/$leaf.key" "$directory/$name.key"
	install -m 600 /dev/null "$directory/$name.full.pem"
	cat "$directory/$name.pem" "$directory/$name.key" >"$directory/$name.full.pem"
}

# good: leaf, two intermediates, root.  The others each have one fault, named by the file.
make_variants() {
	make_pki "$1"
	variant "$1" good leaf leaf inner outer root
	variant "$1" leaf-only leaf leaf
	variant "$1" leaf-root-intermediate leaf leaf root outer inner
	variant "$1" expired old old inner outer root
	variant "$1" wrong-name other other inner outer root
}
