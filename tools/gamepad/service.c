/* SPDX-License-Identifier: MIT */
/*
 * Socket activation (sd_listen_fds(3)) and readiness (sd_notify(3)), as their
 * manual pages define them for those who do not link libsystemd.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/gamepad/service.h"
#include "tools/tool.h"

/* The first that is passed. */
#define LISTEN_FDS_START	3

/* ---- socket activation -------------------------------------------------- */

/* Of a variable that somebody else wrote; 0 if it is no number. */
static long number_in(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 10) : 0;
}

/* LISTEN_PID is for children, who inherit the variables but not the meaning. */
bool service_has_listener(void)
{
	return number_in("LISTEN_PID") == (long)getpid() &&
	       number_in("LISTEN_FDS") > 0;
}

static const char *adopt_advice(int ret)
{
	switch (ret) {
	case -EPROTOTYPE:
		return "it is no Unix socket of the type that is wanted: use "
		       "ListenSequentialPacket=";
	case -ENOTCONN:
		return "nobody listens at it";
	default:
		return strerror(-ret);
	}
}

/* A connection (Accept=yes) is no place where clients come from. */
static bool is_listening(int fd)
{
	int yes = 0;
	socklen_t size = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 &&
	       yes;
}

bool service_take_listener(struct sealmem_channel *ret_listener)
{
	long count = number_in("LISTEN_FDS");
	int ret;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (count != 1) {
		tool_say("%ld sockets were passed: one is wanted", count);
		return false;
	}
	ret = sealmem_channel_adopt(LISTEN_FDS_START, ret_listener);
	if (ret == 0 && is_listening(LISTEN_FDS_START))
		return true;
	tool_say("cannot use the socket that was passed: %s",
		 adopt_advice(ret < 0 ? ret : -ENOTCONN));
	sealmem_channel_close(ret_listener);
	return false;
}

/* ---- readiness ---------------------------------------------------------- */

/* A path, or a name in the abstract namespace; 0: neither. */
static socklen_t notify_address(struct sockaddr_un *ret_address)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t length = name ? strlen(name) : 0;

	if (length < 2 || length > sizeof(ret_address->sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return 0;
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path, name, length);
	if (name[0] == '@')
		ret_address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* Whoever asked to be told and does not listen has lost nothing by it. */
static void notify(const char *state)
{
	struct sockaddr_un address;
	socklen_t size = notify_address(&address);
	int fd;

	if (size == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
		      (struct sockaddr *)&address, size);
	close(fd);
}

void service_say_ready(const char *status)
{
	char state[256];

	snprintf(state, sizeof(state), "READY=1\nSTATUS=%s", status);
	notify(state);
}

void service_say_reloading(void)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 tool_now_us());
	notify(state);
}

void service_say_stopping(void)
{
	notify("STOPPING=1");
}
