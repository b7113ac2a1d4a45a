/* SPDX-License-Identifier: MIT */
/*
 * What a receiver can ask for: one kind, a label, a judge of its own, and who
 * is at the other end.
 */
#include <poll.h>

#include "channel_peer.h"

#define NOBODY 65534

FIXTURE(channel)
{
	struct sealmem_channel ours;
	struct sealmem_channel theirs;
	struct made made;
	uint32_t refusal;
};

FIXTURE_SETUP(channel)
{
	ASSERT_OK(sealmem_channel_pair(&self->ours, &self->theirs));
	ASSERT_OK(made_create(&self->made, SEALMEM_KIND_READONLY, SIZE));
}

FIXTURE_TEARDOWN(channel)
{
	made_close(&self->made);
	sealmem_channel_close(&self->ours);
	sealmem_channel_close(&self->theirs);
}

static int send_it(struct th_self_channel *self, const char *label)
{
	return sealmem_channel_send_readonly(&self->theirs,
					     &self->made.readonly, label);
}

static int receive_it(struct th_self_channel *self,
		      const struct sealmem_policy *policy,
		      struct sealmem_received_region *ret_received)
{
	self->refusal = 77;
	return sealmem_channel_receive(&self->ours, policy, 0, ret_received,
				       &self->refusal);
}

/* ---- labels ---------------------------------------------------------- */

TEST_F(channel, label_travels)
{
	static const char *const labels[] = {
		NULL, "", "x", "pads of player 1",
		"a label of 31 bytes is the last",
	};
	struct sealmem_received_region received = { 0 };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		ASSERT_OK(send_it(self, labels[i]));
		ASSERT_OK(receive_it(self, NULL, &received));
		EXPECT_STREQ(received.label, labels[i] ? labels[i] : "");
		EXPECT_EQ(received.generation, 0);
		sealmem_received_region_close(&received);
		EXPECT_STREQ(received.label, "");
	}
}

TEST_F(channel, label_that_is_none)
{
	static const char *const labels[] = {
		"a label of 32 bytes is too much.", "line\n", "\x7f", "\x1f",
		"na\xc3\xafve", "\xff",
	};
	struct sealmem_received_region received = { 0 };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		EXPECT_ERR(EINVAL, send_it(self, labels[i]));
	EXPECT_ERR(EAGAIN, receive_it(self, NULL, &received));
}

/* A writable region that could not be sent is still its holder's. */
TEST_F(channel, label_that_is_none_keeps_the_region)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	EXPECT_ERR(EINVAL, sealmem_channel_send_writable(
				   &self->theirs, &made.writable, "\t"));
	EXPECT_FALSE(sealmem_writable_region_is_empty(&made.writable));
	made_close(&made);
}

/* ---- a size ---------------------------------------------------------- */

TEST_F(channel, size_limit)
{
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.size_max = SIZE - 1,
	};
	struct sealmem_received_region received = { 0 };

	for (int i = 0; i < 2; i++)
		ASSERT_OK(send_it(self, NULL));
	EXPECT_ERR(EBADMSG, receive_it(self, &policy, &received));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_SIZE_LIMIT);
	/* A policy that is none: the message stays where it is. */
	policy.reserved = 1;
	EXPECT_ERR(EINVAL, receive_it(self, &policy, &received));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_NONE);
	EXPECT_EQ(received.kind, SEALMEM_KIND_NONE);
	policy.reserved = 0;
	policy.size_max = SIZE;
	EXPECT_OK(receive_it(self, &policy, &received));
	sealmem_received_region_close(&received);
	EXPECT_ERR(EAGAIN, receive_it(self, &policy, &received));
}

/* ---- one kind -------------------------------------------------------- */

TEST_F(channel, readonly_alone)
{
	struct sealmem_readonly_region region = { 0 };
	struct made made;

	ASSERT_OK(send_it(self, "label"));
	ASSERT_OK(sealmem_channel_receive_readonly(&self->ours, NULL, 0,
						   &region, &self->refusal));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_NONE);
	EXPECT_EQ(sealmem_readonly_region_size(&region), SIZE);
	EXPECT_TRUE(sealmem_token_equal(sealmem_readonly_region_token(&region),
					self->made.writer.token));
	sealmem_readonly_region_close(&region);

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(sealmem_channel_send_unsafe(&self->theirs, &made.unsafe,
					      NULL));
	EXPECT_ERR(EBADMSG, sealmem_channel_receive_readonly(
				    &self->ours, NULL, 0, &region,
				    &self->refusal));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_KIND);
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
	made_close(&made);
	EXPECT_ERR(EAGAIN, sealmem_channel_receive_readonly(
				   &self->ours, NULL, 0, &region, NULL));
}

TEST_F(channel, readonly_alone_from_who_is_gone)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_channel empty = { 0 };

	sealmem_channel_close(&self->theirs);
	EXPECT_ERR(ENODATA, sealmem_channel_receive_readonly(
				    &self->ours, NULL, -1, &region, NULL));
	EXPECT_ERR(EBADF, sealmem_channel_receive_readonly(
				  &empty, NULL, -1, &region, NULL));
}

/* ---- a judge --------------------------------------------------------- */

struct opinion {
	bool verdict;
	int asked;
	struct sealmem_arrival arrival;
	char label[SEALMEM_LABEL_MAX + 1];
	struct sealmem_peer peer;
};

static bool give_opinion(const struct sealmem_arrival *arrival, void *data)
{
	struct opinion *opinion = data;

	opinion->asked++;
	opinion->arrival = *arrival;
	strcpy(opinion->label, arrival->label);
	if (arrival->peer)
		opinion->peer = *arrival->peer;
	return opinion->verdict;
}

static struct sealmem_policy judged_by(struct opinion *opinion)
{
	return (struct sealmem_policy){
		.struct_size = sizeof(struct sealmem_policy),
		.judge = give_opinion,
		.judge_data = opinion,
	};
}

TEST_F(channel, judge_is_told_everything)
{
	struct opinion opinion = { .verdict = true };
	struct sealmem_policy policy = judged_by(&opinion);
	struct sealmem_received_region received = { 0 };

	ASSERT_OK(send_it(self, "a name"));
	EXPECT_OK(receive_it(self, &policy, &received));
	EXPECT_EQ(opinion.asked, 1);
	EXPECT_EQ(opinion.arrival.kind, SEALMEM_KIND_READONLY);
	EXPECT_EQ(opinion.arrival.size, SIZE);
	EXPECT_TRUE(sealmem_token_equal(opinion.arrival.token,
					self->made.writer.token));
	EXPECT_STREQ(opinion.label, "a name");
	EXPECT_EQ(opinion.arrival.generation, 0);
	ASSERT_NOT_NULL(opinion.arrival.peer);
	EXPECT_EQ(opinion.peer.pid, getpid());
	EXPECT_EQ(opinion.peer.uid, geteuid());
	EXPECT_EQ(opinion.peer.gid, getegid());
	sealmem_received_region_close(&received);
}

TEST_F(channel, judge_says_no)
{
	struct opinion opinion = { .verdict = false };
	struct sealmem_policy policy = judged_by(&opinion);
	struct sealmem_received_region received = { 0 };
	int files;

	ASSERT_OK(send_it(self, NULL));
	files = count_files();
	EXPECT_ERR(EACCES, receive_it(self, &policy, &received));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_JUDGED);
	EXPECT_EQ(received.kind, SEALMEM_KIND_NONE);
	EXPECT_EQ(opinion.asked, 1);
	EXPECT_EQ(count_files(), files);
	/* And what was refused was not delivered: it may come again. */
	policy.flags = SEALMEM_POLICY_ONCE;
	opinion.verdict = true;
	ASSERT_OK(send_it(self, NULL));
	EXPECT_OK(receive_it(self, &policy, &received));
	sealmem_received_region_close(&received);
}

/* Whatever else is wrong comes first, so a judge sees real regions alone. */
TEST_F(channel, judge_is_asked_last)
{
	struct opinion opinion = { .verdict = true };
	struct sealmem_policy policy = judged_by(&opinion);
	struct sealmem_received_region received = { 0 };
	struct letter letter = { 0 };

	write_bytes(&letter, SEALMEM_KIND_READONLY, page_size());
	enclose(&letter, cook(&(struct recipe){ .seals = UNSAFE_SEALS }));
	send_letter(&self->theirs, &letter);
	EXPECT_ERR(EPROTO, receive_it(self, &policy, &received));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_NO_WRITE_SEAL);

	policy.size_max = SIZE - 1;
	ASSERT_OK(send_it(self, NULL));
	EXPECT_ERR(EBADMSG, receive_it(self, &policy, &received));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_SIZE_LIMIT);

	policy.size_max = 0;
	policy.flags = SEALMEM_POLICY_ONCE;
	for (int i = 0; i < 2; i++)
		ASSERT_OK(send_it(self, NULL));
	ASSERT_OK(receive_it(self, &policy, &received));
	sealmem_received_region_close(&received);
	EXPECT_ERR(EPROTO, receive_it(self, &policy, &received));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_TOKEN_REPLAYED);
	EXPECT_EQ(opinion.asked, 1);
}

/* Without a channel there is neither a label nor a peer. */
TEST(judge_of_an_import)
{
	struct opinion opinion = { .verdict = true };
	struct sealmem_policy policy = judged_by(&opinion);
	struct recipe frozen = { .seals = FROZEN_SEALS };

	EXPECT_EQ(import_cooked(frozen, SEALMEM_KIND_READONLY, &policy),
		  SEALMEM_REFUSAL_NONE);
	EXPECT_EQ(opinion.asked, 1);
	EXPECT_STREQ(opinion.label, "");
	EXPECT_NULL(opinion.arrival.peer);
}

TEST(judge_of_an_import_says_no)
{
	struct opinion opinion = { .verdict = false };
	struct sealmem_policy policy = judged_by(&opinion);
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_descriptor parts = declare(
		cook(&(struct recipe){ .seals = FROZEN_SEALS }),
		SEALMEM_KIND_READONLY, page_size());

	EXPECT_ERR(EACCES,
		   sealmem_readonly_region_import(&parts, &policy, &region));
	EXPECT_EQ(parts.refusal, SEALMEM_REFUSAL_JUDGED);
}

/* It would have to know what came before. */
TEST(import_cannot_promise_once)
{
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_ONCE,
	};
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_descriptor parts = declare(
		cook(&(struct recipe){ .seals = FROZEN_SEALS }),
		SEALMEM_KIND_READONLY, page_size());

	EXPECT_ERR(EINVAL,
		   sealmem_readonly_region_import(&parts, &policy, &region));
	EXPECT_EQ(parts.refusal, SEALMEM_REFUSAL_SYSTEM);
}

/* ---- who is there ---------------------------------------------------- */

struct meeting {
	char folder[64];
	char path[128];
	struct sealmem_channel listener;
	struct sealmem_channel server;
	pid_t client;
	int until;
};

/* Connects as another user if it may, and stays until it is let go. */
static void be_client(const struct meeting *meeting, int until)
{
	struct sealmem_channel channel = { 0 };
	struct sealmem_peer peer = { 0 };
	uid_t server = geteuid();
	char byte;

	if (server == 0) {
		ASSERT_SYS(setresgid(NOBODY, NOBODY, NOBODY));
		ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
	}
	ASSERT_OK(sealmem_channel_connect(meeting->path, &channel));
	ASSERT_OK(sealmem_channel_peer(&channel, &peer));
	EXPECT_EQ(peer.pid, getppid());
	EXPECT_EQ(peer.uid, server);
	ASSERT_EQ(read(until, &byte, 1), 0);
	_exit(0);
}

static void meet(struct meeting *meeting)
{
	int fds[2];

	strcpy(meeting->folder, "/tmp/sealmem-peer-XXXXXX");
	ASSERT_NOT_NULL(mkdtemp(meeting->folder));
	ASSERT_SYS(chmod(meeting->folder, 0755));
	snprintf(meeting->path, sizeof(meeting->path), "%s/socket",
		 meeting->folder);
	umask(0);
	ASSERT_OK(sealmem_channel_listen(meeting->path, 0666,
					 &meeting->listener));
	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	meeting->client = fork();
	ASSERT_SYS(meeting->client);
	if (!meeting->client) {
		close(fds[1]);
		be_client(meeting, fds[0]);
	}
	close(fds[0]);
	meeting->until = fds[1];
	ASSERT_OK(sealmem_channel_accept(&meeting->listener, -1,
					 &meeting->server));
}

/* The client ends, and leaves no doubt about it. */
static void let_go(struct meeting *meeting)
{
	int status;

	close(meeting->until);
	ASSERT_EQ(waitpid(meeting->client, &status, 0), meeting->client);
	EXPECT_EQ(status, 0);
}

static void end_meeting(struct meeting *meeting)
{
	sealmem_channel_close(&meeting->server);
	sealmem_channel_close(&meeting->listener);
	unlink(meeting->path);
	rmdir(meeting->folder);
}

TEST(peer_is_who_connected)
{
	struct meeting meeting = { 0 };
	struct sealmem_peer peer = { 0 };
	uid_t wanted = geteuid() == 0 ? NOBODY : geteuid();

	meet(&meeting);
	ASSERT_OK(sealmem_channel_peer(&meeting.server, &peer));
	EXPECT_EQ(peer.pid, meeting.client);
	EXPECT_EQ(peer.uid, wanted);
	EXPECT_EQ(peer.gid, geteuid() == 0 ? NOBODY : getegid());
	let_go(&meeting);
	/* That it has ended changes nothing about who it was. */
	peer = (struct sealmem_peer){ 0 };
	ASSERT_OK(sealmem_channel_peer(&meeting.server, &peer));
	EXPECT_EQ(peer.uid, wanted);
	end_meeting(&meeting);
}

TEST(pidfd_is_of_who_connected)
{
	struct meeting meeting = { 0 };
	struct pollfd ended = { .events = POLLIN };
	int pidfd;

	meet(&meeting);
	pidfd = sealmem_channel_peer_pidfd(&meeting.server);
	if (pidfd >= 0) {
		EXPECT_EQ(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
		ended.fd = pidfd;
		EXPECT_EQ(poll(&ended, 1, 0), 0);
	}
	let_go(&meeting);
	if (pidfd >= 0) {
		EXPECT_EQ(poll(&ended, 1, 0), 1);
		close(pidfd);
	}
	end_meeting(&meeting);
	if (pidfd < 0) {
		EXPECT_EQ(pidfd, -EOPNOTSUPP);
		SKIP("this kernel has no SO_PEERPIDFD");
	}
}

/* Kernels differ in whether they still hand one out. */
TEST(pidfd_of_who_has_ended)
{
	struct meeting meeting = { 0 };
	int pidfd;

	meet(&meeting);
	let_go(&meeting);
	pidfd = sealmem_channel_peer_pidfd(&meeting.server);
	if (pidfd >= 0)
		close(pidfd);
	else if (pidfd != -EOPNOTSUPP)
		EXPECT_EQ(pidfd, -ESRCH);
	end_meeting(&meeting);
}

/* Who made it, not who holds it: another process has had it all the time. */
TEST_F(channel, peer_of_a_pair_is_its_maker)
{
	struct sealmem_peer peer = { 0 };
	pid_t maker = getpid(), pid = fork();
	int status;

	ASSERT_SYS(pid);
	if (!pid) {
		ASSERT_OK(sealmem_channel_peer(&self->theirs, &peer));
		EXPECT_EQ(peer.pid, maker);
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	ASSERT_OK(sealmem_channel_peer(&self->ours, &peer));
	EXPECT_EQ(peer.pid, maker);
}

TEST(peer_of_what_is_no_connection)
{
	struct sealmem_channel listener = { 0 }, empty = { 0 };
	struct sealmem_peer peer = { 77, 77, 77 };
	char path[64];

	snprintf(path, sizeof(path), "/tmp/sealmem-none-%d", getpid());
	ASSERT_OK(sealmem_channel_listen(path, 0600, &listener));
	EXPECT_ERR(ENOTCONN, sealmem_channel_peer(&listener, &peer));
	EXPECT_ERR(ENOTCONN, sealmem_channel_peer_pidfd(&listener));
	EXPECT_ERR(EBADF, sealmem_channel_peer(&empty, &peer));
	EXPECT_ERR(EBADF, sealmem_channel_peer_pidfd(&empty));
	EXPECT_EQ(peer.pid, 77);
	sealmem_channel_close(&listener);
	unlink(path);
}

TH_MAIN
