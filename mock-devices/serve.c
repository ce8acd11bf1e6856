/* serve: routes, credentials, replies. */
#include "serve.h"

#include "cleanup.h"
#include "fleet.h"
#include "http.h"
#include "profile.h"

#include <fnmatch.h>
#include <string.h>

#define RETRY_AFTER_S 1

void reply_init(struct reply *reply)
{
	*reply = (struct reply){
		.status = 200,
		.type = "text/html",
		.step = STEP_OTHER,
		.fault_step = STEP_OTHER,
		.fields = mem_must(evbuffer_new()),
		.body = mem_must(evbuffer_new()),
	};
}

void reply_clear(struct reply *reply)
{
	evbuffer_free(reply->fields);
	evbuffer_free(reply->body);
	*reply = (struct reply){ 0 };
}

void reply_refuse(struct reply *reply, int status)
{
	reply->status = status;
	reply->type = "text/html";
	evbuffer_drain(reply->body, evbuffer_get_length(reply->body));
	evbuffer_add_printf(reply->body, "<html><body><h1>%d %s</h1></body></html>\n", status,
			    http_reason(status));
}

/* "/api", and below it "/files/NUMBER/key". */
static bool is_below(const char *path, const char *base, const char *below)
{
	size_t length = strlen(base);

	return strncmp(path, base, length) == 0 && fnmatch(below, path + length, FNM_PATHNAME) == 0;
}

static bool fits(const struct device *device, const struct route *route,
		 const struct http_request *request)
{
	const char *target = device_setting(device, route->target);

	return route->below ? is_below(request->path, target, route->below)
			    : http_target_matches(request, target);
}

/* The route of a request; NULL sets the status (404 or 405). */
static const struct route *find_route(const struct device *device,
				      const struct http_request *request, int *status)
{
	*status = 404;
	for (const struct route *route = device->profile->family->routes; route->method; route++) {
		if (!fits(device, route, request))
			continue;
		if (strcmp(route->method, request->method) == 0)
			return route;
		*status = 405;
	}
	return NULL;
}

static bool is_locked(const struct device *device, const struct route *route)
{
	if (route->access == ROUTE_OPEN_UNLESS_PROTECTED)
		return device->profile->protect_all;
	return route->access == ROUTE_LOCKED;
}

static enum auth_verdict judge_login(struct device *device, const struct http_request *request,
				     const struct auth_login *login, enum step step)
{
	enum auth_verdict verdict = auth_check(login, &device->nonces, request);

	if (verdict == AUTH_GOOD && device_fault(device, FAULT_REFUSE_LOGIN, step))
		return AUTH_REFUSED;
	return verdict;
}

/* Let the request pass, or fill the reply with the reason why not. */
static bool admit(struct device *device, const struct http_request *request, struct reply *reply)
{
	const struct profile *profile = device->profile;
	char realm[FAMILY_HWID_MAX];

	if (device_fault(device, FAULT_NO_NATIVE_AUTH, reply->step)) {
		/* docs/devices/innovaphone.md F2a */
		reply_refuse(reply, 302);
		evbuffer_add_printf(reply->fields, "Location: %s\r\n",
				    device_setting(device, profile->family->login_page));
		return false;
	}
	device_hardware_id(device, realm);
	struct auth_login login = {
		.user = profile->user,
		.password = profile_password(profile),
		.realm = realm,
		.algorithm = device_setting(device, profile->family->digest_algorithm),
	};
	enum auth_verdict verdict = judge_login(device, request, &login, reply->step);
	if (verdict == AUTH_GOOD)
		return true;
	if (verdict == AUTH_REFUSED) {
		device->counts.logins_refused++;
		device->fleet->counts.logins_refused++;
		reply->close = device_blame(device);
	}
	reply_refuse(reply, 401);
	auth_challenge(&login, &device->nonces, verdict == AUTH_STALE, reply->fields);
	return false;
}

/* The route to take, or NULL with the reply already there: no route, or a challenge. */
static const struct route *pick_route(struct device *device, const struct http_request *request,
				      struct reply *reply)
{
	int status = 0;
	const struct route *route = find_route(device, request, &status);

	reply->auth = auth_scheme(request);
	if (!route) {
		reply_refuse(reply, status);
		reply->close = device_blame(device);
		return NULL;
	}
	reply->step = route->step;
	if (is_locked(device, route) && !admit(device, request, reply))
		return NULL;
	reply->fault_step = route->step;
	return route;
}

static void refuse_busy(struct reply *reply)
{
	reply_refuse(reply, 503);
	evbuffer_add_printf(reply->fields, "Retry-After: %d\r\n", RETRY_AFTER_S);
	reply->detail = "busy";
}

static void refuse(struct exchange *exchange)
{
	if (exchange->device->profile->family->refuse)
		exchange->device->profile->family->refuse(exchange);
	else
		reply_refuse(exchange->reply, 500);
	exchange->reply->detail = "refused";
}

void serve_request(struct device *device, const struct http_request *request, struct reply *reply)
{
	const struct route *route = pick_route(device, request, reply);
	struct exchange exchange = { .device = device, .request = request, .reply = reply };

	reply->silent = device_fault(device, FAULT_NEVER_ANSWER, reply->fault_step) != NULL;
	if (!route || reply->silent)
		return;
	/* the page of the certificates has a way of its own to say so (F3) */
	if (route->step != STEP_STATE && device_is_busy(device, route->step))
		refuse_busy(reply);
	else if (device_fault(device, FAULT_REFUSE, route->step))
		refuse(&exchange);
	else
		route->answer(&exchange);
}

/* Nothing between the head and the frames: no length, no type (RFC 6455 4.2.2). */
static void encode_upgrade(struct reply *reply, struct evbuffer *out)
{
	evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
			    reply->status, http_reason(reply->status));
	evbuffer_add_buffer(out, reply->fields);
	evbuffer_add(out, "\r\n", 2);
}

void serve_encode(const struct device *device, struct reply *reply, struct evbuffer *out)
{
	char date[HTTP_DATE_MAX];

	if (reply->upgrade) {
		encode_upgrade(reply, out);
		return;
	}
	http_date(device_clock(device), date);
	evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\n",
			    reply->status, http_reason(reply->status), date, reply->type);
	evbuffer_add_buffer(out, reply->fields);
	evbuffer_add_printf(out, "Content-Length: %zu\r\nConnection: %s\r\n\r\n",
			    evbuffer_get_length(reply->body),
			    reply->close ? "close" : "keep-alive");
	evbuffer_add_buffer(out, reply->body);
}
