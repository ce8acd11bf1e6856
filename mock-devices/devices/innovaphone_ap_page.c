/*
 * innovaphone_ap_page: Settings/Security of the manager, as a page with a script that does what a
 * client does.  It is as terse as the real one: an error is a few words, success is nothing.
 */
#include "innovaphone_ap.h"

#include "../cleanup.h"
#include "../family.h"
#include "../fleet.h"
#include "../serve.h"

#include <string.h>

/* The names the script needs; it calls them by the name of the setting. */
static const size_t needed[] = {
	AP_WS_PATH,
	AP_UPLOAD_PATH,
	AP_UPLOAD_KEY,
	AP_UPLOAD_TYPE,
	AP_APP,
	AP_CHALLENGE_MT,
	AP_CHALLENGE_RESULT_MT,
	AP_LOGIN_MT,
	AP_LOGIN_RESULT_MT,
	AP_KEY_MT,
	AP_KEY_RESULT_MT,
	AP_DELETE_MT,
	AP_DELETE_RESULT_MT,
	AP_RESULT_MT,
	AP_ERROR_FIELD,
};

static const char head[] =
	"<!doctype html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Manager</title>\n"
	"<style>body{font-family:sans-serif}label{display:block;margin:.5em 0}</style></head>\n"
	"<body><h1>Settings/Security</h1>\n"
	"<form id=\"login\"><label>Password <input id=\"password\" type=\"password\""
	" autocomplete=\"off\"></label><button>Login</button></form>\n"
	"<form id=\"security\" hidden><label>Webserver certificate"
	" <input id=\"file\" type=\"file\" required></label>\n"
	"<button>Upload</button> <button type=\"button\" "
	"id=\"uninstall\">Uninstall</button></form>\n"
	"<p id=\"message\" role=\"status\"></p>\n"
	"<script type=\"application/json\" id=\"settings\">";

/* Where crypto.subtle is missing (a page that is no secure context): FIPS 180-4, 6.2. */
static const char hash_script[] =
	"</script>\n<script>\n"
	"'use strict';\n"
	"function sha256(bytes) {\n"
	"  const k = [], h = [], w = [];\n"
	"  const root = (n, p) => { const r = Math.pow(n, 1 / p);\n"
	"    return (r - Math.floor(r)) * 4294967296 | 0; };\n"
	"  for (let n = 2; k.length < 64; n++) {\n"
	"    let prime = true;\n"
	"    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;\n"
	"    if (!prime) continue;\n"
	"    if (h.length < 8) h.push(root(n, 2));\n"
	"    k.push(root(n, 3));\n"
	"  }\n"
	"  const size = (bytes.length + 9 + 63) & ~63, all = new Uint8Array(size);\n"
	"  all.set(bytes); all[bytes.length] = 128;\n"
	"  const view = new DataView(all.buffer);\n"
	"  view.setUint32(size - 4, bytes.length * 8);\n"
	"  const turn = (x, n) => x >>> n | x << 32 - n;\n"
	"  for (let at = 0; at < size; at += 64) {\n"
	"    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);\n"
	"    for (let i = 16; i < 64; i++) {\n"
	"      const a = w[i - 15], b = w[i - 2];\n"
	"      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + w[i - 7]\n"
	"        + (turn(b, 17) ^ turn(b, 19) ^ b >>> 10) | 0;\n"
	"    }\n"
	"    const s = h.slice();\n"
	"    for (let i = 0; i < 64; i++) {\n"
	"      const t1 = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25))\n"
	"        + (s[4] & s[5] ^ ~s[4] & s[6]) + k[i] + w[i];\n"
	"      const t2 = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22))\n"
	"        + (s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2]);\n"
	"      s.pop(); s.unshift(t1 + t2 | 0); s[4] = s[4] + t1 | 0;\n"
	"    }\n"
	"    for (let i = 0; i < 8; i++) h[i] = h[i] + s[i] | 0;\n"
	"  }\n"
	"  return h.map(x => (x >>> 0).toString(16).padStart(8, '0')).join('');\n"
	"}\n";

static const char talk_script[] =
	"const get = id => document.getElementById(id);\n"
	"const set = JSON.parse(get('settings').textContent);\n"
	"let socket, waiting = {};\n"
	"const show = text => { get('message').textContent = text; };\n"
	"const ask = (message, type) => new Promise(done => {\n"
	"  waiting[type] = done;\n"
	"  if (message) socket.send(JSON.stringify(message));\n"
	"});\n"
	"async function digest(text) {\n"
	"  const bytes = new TextEncoder().encode(text);\n"
	"  if (!window.crypto || !crypto.subtle) return sha256(bytes);\n"
	"  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));\n"
	"  return Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('');\n"
	"}\n"
	"function connect() {\n"
	"  socket = new WebSocket(location.origin.replace(/^http/, 'ws') + set['ws-path']);\n"
	"  socket.onmessage = event => {\n"
	"    const message = JSON.parse(event.data), done = waiting[message.mt];\n"
	"    delete waiting[message.mt];\n"
	"    if (done) done(message);\n"
	"  };\n"
	"  socket.onclose = () => show('connection lost');\n"
	"  return new Promise(done => { socket.onopen = done; });\n"
	"}\n"
	"get('login').onsubmit = async event => {\n"
	"  event.preventDefault();\n"
	"  await connect();\n"
	"  const challenge = (await ask({mt: set['challenge-mt']}, set['challenge-result-mt']))"
	".challenge;\n"
	"  const who = {app: set.app, domain: '', sip: 'manager', guid: '0'.repeat(32), dn: "
	"'Admin'};\n"
	"  const secret = Object.values(who).concat(challenge, get('password').value).join(':');\n"
	"  const login = Object.assign({mt: set['login-mt'], digest: await digest(secret)}, who);\n"
	"  const result = await ask(login, set['login-result-mt']);\n"
	"  get('login').hidden = !!result.ok;\n"
	"  get('security').hidden = !result.ok;\n"
	"  show(result.ok ? '' : 'login failed');\n"
	"};\n"
	"const plain = result => {\n"
	"  const error = result[set['error-field']];\n"
	"  show(error ? error.toLowerCase().replace(/_/g, ' ') : '');\n"
	"};\n"
	"get('security').onsubmit = async event => {\n"
	"  event.preventDefault();\n"
	"  const key = (await ask({mt: set['key-mt']}, set['key-result-mt'])).key;\n"
	"  const result = ask(null, set['result-mt']);\n"
	"  const mark = set['upload-path'].includes('?') ? '&' : '?';\n"
	"  const reply = await fetch(set['upload-path'] + mark + set['upload-key'] + '=' + key,\n"
	"    {method: 'POST', headers: {'Content-Type': set['upload-type']},"
	" body: get('file').files[0]});\n"
	"  if (reply.ok) plain(await result); else show('upload failed');\n"
	"};\n"
	"get('uninstall').onclick = async () =>\n"
	"  plain(await ask({mt: set['delete-mt']}, set['delete-result-mt']));\n"
	"</script></body></html>\n";

/* A script element ends at the next "</", whatever it stands in. */
static void put_json(struct evbuffer *out, const char *text)
{
	for (; *text; text++)
		if (*text == '<')
			evbuffer_add_printf(out, "\\u003c");
		else
			evbuffer_add(out, text, 1);
}

static void put_settings(struct evbuffer *out, const struct device *device)
{
	const struct setting *rows = family_innovaphone_ap.settings;
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		(void)json_object_set_new(object, rows[needed[i]].name,
					  json_string(device_setting(device, needed[i])));
	char *text = mem_must(json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII));
	put_json(out, text);
	free(text);
	json_decref(object);
}

void innovaphone_ap_page(struct exchange *exchange)
{
	struct evbuffer *out = exchange->reply->body;

	exchange->reply->type = "text/html; charset=utf-8";
	evbuffer_add(out, head, sizeof(head) - 1);
	put_settings(out, exchange->device);
	evbuffer_add(out, hash_script, sizeof(hash_script) - 1);
	evbuffer_add(out, talk_script, sizeof(talk_script) - 1);
}
