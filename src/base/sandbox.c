#include "certroll/sandbox.h"
#include "fences.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

void sandbox_allow(struct sandbox *sandbox, enum sandbox_right right, const char *path)
{
	for (size_t i = 0; i < sandbox->count; i++)
		if (sandbox->paths[i].right == right && !strcmp(sandbox->paths[i].path, path))
			return; /* a thousand devices may name the same file */
	sandbox->paths = mem_grow(sandbox->paths, sandbox->count, sizeof *sandbox->paths);
	sandbox->paths[sandbox->count++] = (struct sandbox_path){ right, text_copy(path) };
}

/* systemd-resolved and its kin replace their file by another one: its folder must be open. */
static void allow_resolver(struct sandbox *sandbox)
{
	char *real = realpath("/etc/resolv.conf", NULL), *slash = real ? strrchr(real, '/') : NULL;

	if (slash && strncmp(real, "/run/", 5) == 0) {
		*slash = '\0';
		sandbox_allow(sandbox, SANDBOX_READ, real);
	}
	free(real);
}

static void allow_variable(struct sandbox *sandbox, const char *name)
{
	const char *value = getenv(name);

	if (value && *value)
		sandbox_allow(sandbox, SANDBOX_READ, value);
}

void sandbox_allow_system(struct sandbox *sandbox)
{
	static const char *const read[] = {
		/* c-ares and the C library */
		"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf",
		"/etc/services", "/etc/protocols", "/etc/localtime", "/usr/share/zoneinfo",
		/* OpenSSL's trust anchors; the folder holds links, so what they lead to, too */
		"/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/usr/lib/ssl/cert.pem",
		"/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
		"/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
		/* SQLite, and when memory is given back */
		"/dev/urandom", "/proc/sys/vm/overcommit_memory"
	};

	for (size_t i = 0; i < COUNT(read); i++)
		sandbox_allow(sandbox, SANDBOX_READ, read[i]);
	sandbox_allow(sandbox, SANDBOX_USE, "/dev/null");
	allow_variable(sandbox, "SSL_CERT_FILE");
	allow_variable(sandbox, "SSL_CERT_DIR");
	allow_resolver(sandbox);
}

void sandbox_free(struct sandbox *sandbox)
{
	for (size_t i = 0; i < sandbox->count; i++)
		mem_free(sandbox->paths[i].path);
	mem_free(sandbox->paths);
	*sandbox = (struct sandbox){ 0 };
}

/* It preloads objects of its own.  Who can set this variable for us needs no other way in. */
static bool under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "/vgpreload_");
}

static bool must_kill(void)
{
	const char *wish = getenv("CERTROLL_SANDBOX");

	return wish && strcmp(wish, "kill") == 0;
}

void sandbox_words(char out[SANDBOX_WORDS])
{
	int abi = landlock_abi();

	if (under_valgrind())
		snprintf(out, SANDBOX_WORDS, "none under valgrind");
	else if (abi)
		snprintf(out, SANDBOX_WORDS, "landlock (ABI %d)%s", abi,
			 seccomp_there() ? " and seccomp" : "; this kernel has no seccomp");
	else
		snprintf(out, SANDBOX_WORDS, "%s",
			 seccomp_there() ? "seccomp; this kernel has no landlock"
					 : "none: this kernel has neither landlock nor seccomp");
}

int sandbox_enter(const struct sandbox *sandbox, struct err *err)
{
	int abi = landlock_abi();
	bool kill = must_kill();

	if (under_valgrind())
		return 0;
	if (kill && (!abi || !seccomp_there()))
		return err_set(err, ERR_IO, "CERTROLL_SANDBOX=kill: this kernel lacks a fence");
	if (sandbox->count > SANDBOX_MAX_PATHS)
		return err_set(err, ERR_LIMIT, "more than %d files and folders to be allowed",
			       SANDBOX_MAX_PATHS);
	tzset(); /* reads the time zone while that is no question */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_set(err, ERR_IO, "no_new_privs: %s", strerror(errno));
	if (abi && landlock_raise(sandbox, abi, err))
		return -1;
	return seccomp_there() ? seccomp_raise(kill, err) : 0;
}
