#include "certroll/job.h"
#include "pki.h"

Suite *suite_verify(void);

#define OLD "leaf issuing"
#define NEW "leaf-both issuing policy"

static bool is_factory(const void *options, const struct cert *leaf)
{
	(void)options;
	return leaf->self_signed;
}

static enum verdict get(struct job *job, struct exchange *exchange)
{
	(void)job;
	return exchange_get(exchange, "/upload");
}

static const struct step upload[] = { { .name = "upload", .build = get, .changes = true }, { 0 } };
static const struct driver plain = { .name = "plain", .factory = is_factory };

/* A box with two services and a name: three endpoints, the third without SNI and only after. */
struct box {
	struct pki pki;
	struct bundle *bundle;
	char name[16], *names[1];
	struct device device;
	struct service services[2];
	struct job *job;
	int64_t now;
	const char *served;
};

static void box_open(struct box *box)
{
	auto_findings findings = { 0 };

	*box = (struct box){ .pki = pki_open("root"), .name = "a.example.com", .now = 1000 };
	box->bundle = pki_bundle(&box->pki, "leaf-both issuing policy root leaf.key", &findings);
	box->names[0] = box->name;
	box->services[0] = (struct service){ "https", 443 };
	box->services[1] = (struct service){ "sips", 5061 };
	box->device = (struct device){
		.driver = &plain,
		.user = box->name,
		.port = 443,
		.all_names = { box->names, 1 },
		.services = box->services,
		.service_count = 2,
	};
	box->job = job_new(&box->device, box->bundle);
}

static void box_close(struct box *box)
{
	job_free(box->job);
	bundle_free(box->bundle);
	pki_close(&box->pki);
}

#define auto_box __attribute__((cleanup(box_close))) struct box

/* The next part of what is served, "leaf issuing; lone; 401": a chain, "-" for none, a status. */
static struct reply next_reply(struct box *box, const struct exchange *out)
{
	char part[128];
	size_t len = strcspn(box->served, ";");
	struct reply reply = { .kind = out->kind, .body = "", .head = "" };

	snprintf(part, sizeof part, "%.*s", (int)len, box->served);
	box->served += len + (box->served[len] != '\0');
	box->served += strspn(box->served, " ");
	if (atoi(part)) {
		reply.status = atoi(part);
	} else if (strcmp(part, "-") == 0) {
		reply.net = NET_CLOSED;
	} else {
		reply.chain = pki_take(&box->pki, part);
		reply.completed = true;
	}
	return reply;
}

/* Walk to the end; "443/sni" for each handshake, "~" for pauses.  Owned. */
static char *walk(struct box *box, const char *served)
{
	auto_buf trace = BUF_MAX(4096);
	struct exchange out;
	struct reply reply, *last = NULL;
	enum job_want want;

	box->served = served;
	while ((want = job_advance(box->job, last, &out, box->now)) != JOB_ENDED) {
		last = NULL;
		if (want == JOB_WAKE) {
			box->now = box->job->wake_ms;
			ck_assert_int_eq(buf_add(&trace, " ~", 2), 0);
			continue;
		}
		ck_assert_msg(*box->served, "nothing left:%s", buf_text(&trace));
		if (out.kind == EXCHANGE_HTTP)
			ck_assert_int_eq(buf_addf(&trace, " %s", out.path), 0);
		else
			ck_assert_int_eq(buf_addf(&trace, " %u%s", out.port, *out.sni ? "s" : ""),
					 0);
		reply = next_reply(box, &out);
		last = &reply;
	}
	ck_assert_str_eq(box->served, "");
	return text_copy(trace.len ? trace.data + 1 : "");
}

/*
 * The tables in letters - Look, Upload, Proof, Factory -, what is served, the handshakes ("s": with
 * SNI), the proofs of the three endpoints.
 */
static const struct {
	const char *tables, *served, *trace;
	int settle_ms;
	bool reset;
	enum proof proofs[3];
	const char *error;
} walks[] = {
	{ "L", OLD "; -", "443s 5061s", 0, false, { PROOF_NONE, PROOF_NONE, PROOF_NONE }, "" },
	{ "P",
	  NEW "; " NEW "; " NEW,
	  "443s 5061s 443",
	  0,
	  false,
	  { PROOF_EXACT, PROOF_EXACT, PROOF_EXACT },
	  "" },
	{ "LP",
	  OLD ";" OLD ";" NEW ";" OLD ";" NEW ";" NEW,
	  "443s 5061s 443s 5061s 443 ~ 5061s",
	  10000,
	  false,
	  { PROOF_EXACT, PROOF_EXACT, PROOF_EXACT },
	  "" },
	{ "LP",
	  OLD ";" OLD ";" NEW ";" OLD ";-;" OLD ";" OLD,
	  "443s 5061s 443s 5061s 443 ~ 5061s 443",
	  500,
	  false,
	  { PROOF_EXACT, PROOF_OLD, PROOF_OLD },
	  "" },
	{ "P",
	  "leaf-both;" NEW ";lone",
	  "443s 5061s 443",
	  0,
	  false,
	  { PROOF_PARTIAL, PROOF_EXACT, PROOF_OTHER },
	  "" },
	/* The upload failed: one round tells how the box ended up. */
	{ "LUP",
	  OLD ";" OLD ";401;" OLD ";" OLD ";" OLD,
	  "443s 5061s /upload 443s 5061s 443",
	  10000,
	  false,
	  { PROOF_OLD, PROOF_OLD, PROOF_OLD },
	  "upload: the box refuses user 'a.example.com' with this password (HTTP 401); certroll "
	  "does "
	  "not try again, so that nothing is locked" },
	/* It waits for a reset that is not to be: one round, and no failure of its own. */
	{ "LUP",
	  OLD ";" OLD ";200;" OLD ";" NEW ";" OLD,
	  "443s 5061s /upload 443s 5061s 443",
	  10000,
	  true,
	  { PROOF_OLD, PROOF_EXACT, PROOF_OLD },
	  "" },
	{ "F",
	  "lone;lone;lone",
	  "443s 5061s 443",
	  0,
	  false,
	  { PROOF_EXACT, PROOF_EXACT, PROOF_EXACT },
	  "" },
	{ "F",
	  "lone;" OLD ";lone;" OLD,
	  "443s 5061s 443 ~ 5061s",
	  500,
	  false,
	  { PROOF_EXACT, PROOF_OTHER, PROOF_EXACT },
	  "" },
	{ "F",
	  "lone;-;lone",
	  "443s 5061s 443",
	  0,
	  false,
	  { PROOF_EXACT, PROOF_NONE, PROOF_EXACT },
	  "" },
};

static void queue(struct job *job, const char *letters)
{
	for (; *letters; letters++) {
		if (*letters == 'L')
			job_queue(job, verify_look, false);
		else if (*letters == 'U')
			job_queue(job, upload, false);
		else
			job_queue(job, *letters == 'P' ? verify_proof : verify_factory, true);
	}
}

START_TEST(walks_through)
{
	auto_box box;
	auto_free char *trace = NULL;

	box_open(&box);
	box.job->settle_ms = walks[_i].settle_ms;
	box.job->reset_pending = walks[_i].reset;
	queue(box.job, walks[_i].tables);
	trace = walk(&box, walks[_i].served);
	ck_assert_str_eq(trace, walks[_i].trace);
	ck_assert_str_eq(box.job->err.text, walks[_i].error);
	ck_assert_uint_eq(box.job->endpoint_count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(box.job->endpoints[i].proof, walks[_i].proofs[i]);
}
END_TEST

/* The admin connection has shown port 443 already: only the other service is looked at. */
START_TEST(admin_connection_is_a_look)
{
	auto_box box;
	struct exchange out;
	struct reply reply = {
		.kind = EXCHANGE_HTTP, .status = 200, .body = "", .completed = true
	};

	box_open(&box);
	queue(box.job, "UL");
	reply.chain = pki_take(&box.pki, OLD);
	ck_assert_int_eq(job_advance(box.job, NULL, &out, 1), JOB_SEND);
	ck_assert_int_eq(job_advance(box.job, &reply, &out, 1), JOB_SEND);
	ck_assert_uint_eq(out.port, 5061);
	ck_assert_ptr_eq(box.job->endpoints[0].before.chain, reply.chain);
	reply.kind = EXCHANGE_HANDSHAKE;
	ck_assert_int_eq(job_advance(box.job, &reply, &out, 1), JOB_ENDED);
}
END_TEST

START_TEST(looks_at_one_endpoint)
{
	auto_box box;
	struct job *job;
	struct exchange out;
	struct reply reply = { .kind = EXCHANGE_HANDSHAKE, .completed = true };

	box_open(&box);
	job = job_new_look(&box.job->endpoints[1]);
	reply.chain = pki_take(&box.pki, OLD);
	ck_assert_int_eq(job_advance(job, NULL, &out, 1), JOB_SEND);
	ck_assert_uint_eq(out.port, 5061);
	ck_assert_str_eq(out.sni, "a.example.com");
	ck_assert_int_eq(job_advance(job, &reply, &out, 1), JOB_ENDED);
	job_free(job);
	ck_assert_ptr_eq(box.job->endpoints[1].before.chain, reply.chain);
	ck_assert(!box.job->endpoints[0].before.looked);
}
END_TEST

Suite *suite_verify(void)
{
	Suite *suite = suite_create("verify");
	TCase *tcase = tcase_create("verify");

	tcase_add_loop_test(tcase, walks_through, 0, (int)COUNT(walks));
	tcase_add_test(tcase, admin_connection_is_a_look);
	tcase_add_test(tcase, looks_at_one_endpoint);
	suite_add_tcase(suite, tcase);
	return suite;
}
