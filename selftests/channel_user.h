/* SPDX-License-Identifier: MIT */
/*
 * A hostile process of another user, which connects at a path. Without root it
 * is the same user.
 */
#ifndef SELFTESTS_CHANNEL_USER_H
#define SELFTESTS_CHANNEL_USER_H

#include "channel_peer.h"

#define NOBODY 65534
/* For ever, if nothing is wrong; the harness ends what waits longer. */
#define DEADLINE_MS 60000

FIXTURE(uid)
{
	char folder[64];
	char path[128];
	struct sealmem_channel listener;
	/* In the receiver ours, in the hostile process theirs. */
	struct peer peer;
	pid_t pid;
};

FIXTURE_SETUP(uid)
{
	strcpy(self->folder, "/tmp/sealmem-uid-XXXXXX");
	ASSERT_NOT_NULL(mkdtemp(self->folder));
	ASSERT_SYS(chmod(self->folder, 0755));
	snprintf(self->path, sizeof(self->path), "%s/socket", self->folder);
	umask(0);
	ASSERT_OK(sealmem_channel_listen(self->path, 0666, &self->listener));
	if (geteuid() != 0)
		TH_LOG("not root: both processes are the same user");
}

FIXTURE_TEARDOWN(uid)
{
	sealmem_channel_close(&self->listener);
	unlink(self->path);
	rmdir(self->folder);
}

typedef void script(struct th_self_uid *self, const void *what);

static inline void become_nobody(void)
{
	if (geteuid() != 0)
		return;
	ASSERT_SYS(setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
}

/* It waits for the receiver, which the library never would. */
static inline void connect_blocking(struct th_self_uid *self)
{
	ASSERT_OK(sealmem_channel_connect(self->path, &self->peer.theirs));
	ASSERT_SYS(fcntl(sealmem_channel_fd(&self->peer.theirs), F_SETFL, 0));
}

static inline void start(struct th_self_uid *self, script *run, const void *what)
{
	self->pid = fork();
	ASSERT_SYS(self->pid);
	if (self->pid)
		return;
	sealmem_channel_close(&self->listener);
	become_nobody();
	run(self, what);
	_exit(0);
}

static inline void accept_it(struct th_self_uid *self)
{
	struct sealmem_peer peer;

	ASSERT_OK(sealmem_channel_accept(&self->listener, DEADLINE_MS,
					 &self->peer.ours));
	ASSERT_OK(sealmem_channel_peer(&self->peer.ours, &peer));
	EXPECT_EQ(peer.uid, geteuid() == 0 ? NOBODY : geteuid());
	self->peer.open_files = count_files();
}

static inline void wait_for_end(struct th_self_uid *self, int wanted)
{
	int status;

	ASSERT_EQ(waitpid(self->pid, &status, 0), self->pid);
	EXPECT_EQ(status, wanted);
}

/* What another process closes takes a moment. */
static inline void expect_no_leak(struct th_self_uid *self)
{
	for (int i = 0; i < 5000 && count_files() > self->peer.open_files; i++)
		usleep(1000);
	ASSERT_EQ(count_files(), self->peer.open_files);
}

static inline void expect_no_mapping(void)
{
	char *census = th_census();

	EXPECT_EQ(th_count(census, "\nmap "), 0);
	free(census);
}

/* The result, after a deadline that is far away; what came is closed. */
static inline int answer(struct th_self_uid *self, uint32_t *ret_refusal,
		  enum sealmem_kind *ret_kind)
{
	struct sealmem_received_region received = { 0 };
	int ret = sealmem_channel_receive(&self->peer.ours, NULL, DEADLINE_MS,
					  &received, ret_refusal);

	*ret_kind = received.kind;
	sealmem_received_region_close(&received);
	return ret;
}

static inline void expect_end(struct th_self_uid *self)
{
	enum sealmem_kind kind;
	uint32_t refusal;

	EXPECT_ERR(ENODATA, answer(self, &refusal, &kind));
	sealmem_channel_close(&self->peer.ours);
}

#endif
