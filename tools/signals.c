/* SPDX-License-Identifier: MIT */
/* Signals that ask a server to end, or to read its settings again. */
#include <stddef.h>
#include <unistd.h>

#include "tools/signals.h"

static volatile sig_atomic_t stopped;
static volatile sig_atomic_t hung_up;
static bool from_terminal;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static void hang_up(int number)
{
	(void)number;
	hung_up = 1;
}

/*
 * Signals stay blocked but while the loop waits, so none can slip in between
 * looking at @stopped and waiting. One that the parent chose to ignore, as
 * nohup does, stays ignored.
 */
void signals_prepare(sigset_t *ret_while_waiting)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop }, old;
	sigset_t blocked;

	/* A log that nobody reads any more must not end the server. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], &action, &old);
		if (old.sa_handler == SIG_IGN && numbers[i] != SIGTERM)
			sigaction(numbers[i], &old, NULL);
		else
			sigaddset(&blocked, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, ret_while_waiting);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigdelset(ret_while_waiting, numbers[i]);
}

bool signals_stopped(void)
{
	return stopped;
}

/* The terminal refuses everything before it sends the signal. */
void signals_reload_by_hangup(void)
{
	struct sigaction action = { .sa_handler = hang_up }, old;

	from_terminal = isatty(STDIN_FILENO);
	sigaction(SIGHUP, &action, &old);
	if (old.sa_handler == SIG_IGN)
		sigaction(SIGHUP, &old, NULL);
}

bool signals_take_reload(void)
{
	if (!hung_up)
		return false;
	hung_up = 0;
	if (from_terminal && !isatty(STDIN_FILENO)) {
		stopped = 1;
		return false;
	}
	return true;
}
