/* SPDX-License-Identifier: MIT */
/*
 * Receiving a region from a producer at a path. Nothing is believed: the region
 * is checked by import, and one that somebody else could write is refused.
 */
#include <errno.h>
#include <string.h>

#include "tools/tool.h"

#define TIMEOUT_MS	5000

/* What a failed connect means, and what to do. */
static const char *connect_advice(int error)
{
	switch (error) {
	case EAGAIN:
		return "too many clients wait there; try again later";
	case EACCES:
		return "this user may not; serve --other-users lets it";
	case EPROTOTYPE:
		return "that is the socket of another program";
	case EINVAL:
		return "a socket's path has 1 to 107 bytes; use a shorter one";
	default:
		return strerror(error);
	}
}

static bool connect_to(const char *path, struct sealmem_channel *ret_channel)
{
	int ret = sealmem_channel_connect(path, ret_channel);

	if (ret == 0)
		return true;
	if (ret == -ENOENT || ret == -ECONNREFUSED)
		tool_say("nobody serves at %s: start `sealmem gamepad serve "
			 "--socket %s`", path, path);
	else
		tool_say("cannot connect to %s: %s", path,
			 connect_advice(-ret));
	return false;
}

static void say_not_received(const char *path, int ret, uint32_t refusal)
{
	if (ret == -ENODATA || ret == -ECONNRESET)
		tool_say("%s hung up instead of handing out a region: it may "
			 "have all the clients that it takes", path);
	else if (ret == -EAGAIN)
		tool_say("%s sent nothing within %d seconds", path,
			 TIMEOUT_MS / 1000);
	else if (refusal != SEALMEM_REFUSAL_NONE)
		tool_say("refused what %s sent: %s", path,
			 sealmem_refusal_text(refusal));
	else
		tool_say("cannot receive from %s: %s", path, strerror(-ret));
}

static bool receive_from(const char *path, struct sealmem_channel *channel,
			 struct sealmem_readonly_region *ret_region)
{
	uint32_t refusal = SEALMEM_REFUSAL_NONE;
	int ret;

	do {
		ret = sealmem_channel_receive_readonly(channel, NULL,
						       TIMEOUT_MS, ret_region,
						       &refusal);
	} while (ret == -EINTR);
	if (ret < 0)
		say_not_received(path, ret, refusal);
	return ret == 0;
}

bool tool_receive(const char *path, struct sealmem_channel *ret_channel,
		  struct sealmem_readonly_region *ret_region)
{
	if (!connect_to(path, ret_channel))
		return false;
	if (receive_from(path, ret_channel, ret_region))
		return true;
	sealmem_channel_close(ret_channel);
	return false;
}
