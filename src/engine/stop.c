#include "stop.h"
#include "certroll/log.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void on_signal(void *arg, uint32_t events)
{
	struct stop *stop = arg;
	struct signalfd_siginfo info;

	(void)events;
	if (read(stop->watch.fd, &info, sizeof info) != (ssize_t)sizeof info)
		return;
	if (++stop->signals == 1)
		log_warn(NULL, "stopping: steps under way are finished; once more to cut them off");
	else
		stop->again(stop->arg);
}

int stop_begin(struct stop *stop, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &stop->old);
	stop->signals = 0;
	stop->watch = (struct watch){ .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
				      .ready = on_signal,
				      .arg = stop };
	if (stop->watch.fd < 0) {
		sigprocmask(SIG_SETMASK, &stop->old, NULL);
		return err_set(err, ERR_IO, "signals: %s", strerror(errno));
	}
	loop_watch(stop->loop, &stop->watch, EPOLLIN);
	return 0;
}

void stop_end(struct stop *stop)
{
	loop_watch(stop->loop, &stop->watch, 0);
	close(stop->watch.fd);
	sigprocmask(SIG_SETMASK, &stop->old, NULL);
}
