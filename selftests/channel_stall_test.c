/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that hold up whoever closes their last copy: here a TCP socket
 * that lingers, for an hour, over what its other end does not read. Whatever a
 * peer does with one, nobody who receives or closes waits that hour; a case
 * that waits is killed by the harness.
 */
#include <netinet/in.h>
#include <sys/prctl.h>

#include "channel_peer.h"

#define LINGER_SECONDS 3600

FIXTURE(stall)
{
	struct peer peer;
	/* The other end of what lingers. */
	int reader;
};

/* Connected to each other; false if this machine has no loopback. */
static bool connect_tcp(int *ret_writer, int *ret_reader)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(address);

	if (listener < 0)
		return false;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*ret_writer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, size) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	    connect(*ret_writer, (struct sockaddr *)&address, size) < 0) {
		close(*ret_writer);
		close(listener);
		return false;
	}
	*ret_reader = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ASSERT_SYS(*ret_reader);
	close(listener);
	return true;
}

static int lingering(int *ret_reader)
{
	const struct linger linger = { 1, LINGER_SECONDS };
	static const char bytes[65536];
	int writer;

	if (!connect_tcp(&writer, ret_reader))
		SKIP("no TCP on the loopback interface: %s", strerror(errno));
	while (send(writer, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	ASSERT_SYS(setsockopt(writer, SOL_SOCKET, SO_LINGER, &linger,
			      sizeof(linger)));
	return writer;
}

FIXTURE_SETUP(stall)
{
	/* Whoever gets stuck is taken in at the end. */
	ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	self->reader = -1;
	peer_open(&self->peer);
}

/* The other end is gone, so there is nothing left to wait for. */
FIXTURE_TEARDOWN(stall)
{
	if (self->reader >= 0) {
		close(self->reader);
		self->peer.open_files--;
	}
	peer_close(&self->peer);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

static void enclose_lingering(struct th_self_stall *self)
{
	enclose(&self->peer.letter, lingering(&self->reader));
	self->peer.open_files++;
}

/* The last copy of it is in the channel now. */
static void send_lingering(struct th_self_stall *self, int honest)
{
	struct letter *letter = &self->peer.letter;

	write_bytes(letter, SEALMEM_KIND_READONLY, page_size());
	for (int i = 0; i < honest; i++)
		enclose_honest(letter);
	enclose_lingering(self);
	send_letter(&self->peer.theirs, letter);
}

TEST_F(stall, the_one_descriptor)
{
	send_lingering(self, 0);
	expect_answer(&self->peer, EPROTO, SEALMEM_REFUSAL_NOT_SEALABLE);
}

TEST_F(stall, the_second_descriptor)
{
	send_lingering(self, 1);
	expect_answer(&self->peer, EBADMSG, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
}

TEST_F(stall, the_last_of_many_descriptors)
{
	send_lingering(self, MANY_FDS - 1);
	expect_answer(&self->peer, EBADMSG, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
}

/* Those after it wait for it, too, but not in this process's way. */
TEST_F(stall, one_of_no_message)
{
	enclose_lingering(self);
	enclose(&self->peer.letter, pipe_end(0));
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_answer(&self->peer, EBADMSG, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_honest(&self->peer);
}

/* ---- in a channel that is closed ------------------------------------- */

TEST_F(stall, unread_message)
{
	send_lingering(self, 0);
	sealmem_channel_close(&self->peer.ours);
}

TEST_F(stall, unread_message_of_who_is_gone)
{
	send_lingering(self, 0);
	sealmem_channel_close(&self->peer.theirs);
	sealmem_channel_close(&self->peer.ours);
}

/* It looks like the end, and something comes after it. */
TEST_F(stall, behind_an_empty_message_of_who_is_gone)
{
	send_letter(&self->peer.theirs, &self->peer.letter);
	send_lingering(self, 0);
	sealmem_channel_close(&self->peer.theirs);
	sealmem_channel_close(&self->peer.ours);
}

/* Of no bytes, so that nothing seems to be there. */
TEST_F(stall, in_an_empty_message_of_who_is_gone)
{
	enclose_lingering(self);
	send_letter(&self->peer.theirs, &self->peer.letter);
	sealmem_channel_close(&self->peer.theirs);
	sealmem_channel_close(&self->peer.ours);
}

TEST_F(stall, in_a_connection_that_nobody_accepted)
{
	struct sealmem_channel pair = self->peer.theirs;
	struct sealmem_channel listener = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/tmp/sealmem-stall-%d", getpid());
	ASSERT_OK(sealmem_channel_listen(path, 0600, &listener));
	ASSERT_OK(sealmem_channel_connect(path, &self->peer.theirs));
	unlink(path);
	send_lingering(self, 0);
	sealmem_channel_close(&listener);
	sealmem_channel_close(&self->peer.theirs);
	self->peer.theirs = pair;
}

TH_MAIN
