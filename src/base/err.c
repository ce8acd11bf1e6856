#include "certroll/err.h"
#include "certroll/exit.h"
#include <stdarg.h>
#include <stdio.h>

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
	va_list values;

	if (!err)
		return -1;
	err->code = code;
	va_start(values, format);
	vsnprintf(err->text, sizeof err->text, format, values);
	va_end(values);
	return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
	char context[sizeof err->text];
	char cause[sizeof err->text];
	va_list values;

	if (!err)
		return -1;
	va_start(values, format);
	vsnprintf(context, sizeof context, format, values);
	va_end(values);
	snprintf(cause, sizeof cause, "%s", err->text);
	if (snprintf(err->text, sizeof err->text, "%s: %s", context, cause) < 0)
		err->text[0] = '\0';
	return -1;
}

int err_exit_status(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return EXIT_WELL;
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_NET:
		return EXIT_UNREACHABLE;
	case ERR_DEVICE:
		return EXIT_FINDINGS;
	case ERR_INTERRUPT:
		return EXIT_INTERRUPTED;
	case ERR_BUSY:
		return EXIT_TRY_AGAIN;
	default:
		return EXIT_UNUSABLE;
	}
}
