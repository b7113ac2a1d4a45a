/* SPDX-License-Identifier: MIT */
/* A broker in a process of its own, and a connection to it. */
#ifndef SELFTESTS_BROKER_H
#define SELFTESTS_BROKER_H

#include <poll.h>

#include "kinds.h"

#define TIMEOUT_MS 8000

/* A broker's process, and the client in this one. */
struct brokered {
	pid_t pid;
	struct sealmem_broker_client client;
	struct sealmem_hooks hooks;
};

/* As any broker does it; returns why it ended. */
static inline int serve_until_gone(struct sealmem_channel *channel,
				   const struct sealmem_broker_limits *limits,
				   struct sealmem_broker_usage *usage)
{
	struct pollfd polled = { .fd = sealmem_channel_fd(channel),
				 .events = POLLIN };
	int ret;

	do {
		poll(&polled, 1, -1);
		ret = sealmem_broker_serve(channel, limits, usage, NULL);
	} while (ret == 0 || ret == -EAGAIN || ret == -EINTR);
	return ret;
}

/* Serves @take_channel, and exits with 0 when its client has hung up. */
static inline pid_t fork_broker(struct sealmem_channel *take_channel,
				struct sealmem_channel *not_ours,
				const struct sealmem_broker_limits *limits)
{
	struct sealmem_broker_usage usage = { 0 };
	pid_t pid = fork();
	int ret;

	ASSERT_SYS(pid);
	if (pid == 0) {
		sealmem_channel_close(not_ours);
		ret = serve_until_gone(take_channel, limits, &usage);
		_exit(ret == -ENODATA || ret == -ECONNRESET ||
				      ret == -EPIPE ?
			      0 :
			      1);
	}
	sealmem_channel_close(take_channel);
	return pid;
}

static inline void expect_exit(pid_t pid, int wanted)
{
	int status;

	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(wanted, WEXITSTATUS(status));
}

static inline void broker_start(struct brokered *brokered,
				const struct sealmem_broker_limits *limits)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };

	*brokered = (struct brokered){ 0 };
	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	brokered->pid = fork_broker(&theirs, &ours, limits);
	ASSERT_OK(sealmem_broker_client_init(&ours, TIMEOUT_MS,
					     &brokered->client));
	sealmem_broker_client_hooks(&brokered->client, &brokered->hooks);
	ASSERT_OK(sealmem_hooks_set(&brokered->hooks));
}

static inline void broker_stop(struct brokered *brokered)
{
	ASSERT_OK(sealmem_hooks_set(NULL));
	sealmem_broker_client_close(&brokered->client);
	expect_exit(brokered->pid, 0);
}

#endif
