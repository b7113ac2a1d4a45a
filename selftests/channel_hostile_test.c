/* SPDX-License-Identifier: MIT */
/*
 * Messages of a hostile peer. Whatever it sends is refused with the reason that
 * fits, every descriptor that came along is closed (the harness counts), and
 * the next honest message is received.
 */
#include "channel_peer.h"

FIXTURE(hostile)
{
	struct peer peer;
};

FIXTURE_SETUP(hostile)
{
	peer_open(&self->peer);
}

FIXTURE_TEARDOWN(hostile)
{
	peer_close(&self->peer);
}

/* The hands that write here can write an honest letter too. */
TEST_F(hostile, honest_letter)
{
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_honest(&self->peer);
}

/* ---- too few and too many descriptors -------------------------------- */

FIXTURE(count)
{
	struct peer peer;
};

FIXTURE_VARIANT(count)
{
	int count;
	int apart;
	bool is_pipe;
};

FIXTURE_VARIANT_ADD(count, none) { 0, 0, false };
FIXTURE_VARIANT_ADD(count, two) { 2, 0, false };
FIXTURE_VARIANT_ADD(count, two_apart) { 2, 1, false };
FIXTURE_VARIANT_ADD(count, eight) { 8, 0, false };
FIXTURE_VARIANT_ADD(count, eight_pipes) { 8, 0, true };
FIXTURE_VARIANT_ADD(count, nine) { 9, 0, false };
FIXTURE_VARIANT_ADD(count, nine_apart) { 9, 1, false };
FIXTURE_VARIANT_ADD(count, nine_pipes) { 9, 4, true };
FIXTURE_VARIANT_ADD(count, many) { MANY_FDS, 0, false };
FIXTURE_VARIANT_ADD(count, many_apart) { MANY_FDS, 100, false };

FIXTURE_SETUP(count)
{
	peer_open(&self->peer);
}

FIXTURE_TEARDOWN(count)
{
	peer_close(&self->peer);
}

TEST_F(count, is_refused)
{
	struct letter *letter = &self->peer.letter;

	write_bytes(letter, SEALMEM_KIND_READONLY, page_size());
	for (int i = 0; i < variant->count; i++)
		if (variant->is_pipe)
			enclose(letter, pipe_end(i % 2));
		else
			enclose_honest(letter);
	letter->apart = variant->apart;
	expect_refused(&self->peer, EBADMSG,
		       SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
}

/* As long as the peer is there, it is not the end. */
TEST_F(hostile, empty_message)
{
	expect_refused(&self->peer, EBADMSG, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
}

/* When it is gone, the two look the same; whatever comes next does not. */
TEST_F(hostile, empty_message_of_who_is_gone)
{
	send_letter(&self->peer.theirs, &self->peer.letter);
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	sealmem_channel_close(&self->peer.theirs);
	expect_answer(&self->peer, ENODATA, SEALMEM_REFUSAL_NONE);
	expect_received(&self->peer);
	expect_answer(&self->peer, ENODATA, SEALMEM_REFUSAL_NONE);
}

static int limit_files(int count)
{
	struct rlimit limit;
	int before;

	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	before = (int)limit.rlim_cur;
	limit.rlim_cur = (rlim_t)count;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	return before;
}

/* The honest peer is not to blame that this process can hold no more. */
TEST_F(hostile, no_descriptor_left)
{
	int next = dup(STDIN_FILENO), before;

	ASSERT_SYS(next);
	close(next);
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	before = limit_files(next);
	expect_answer(&self->peer, EMFILE, SEALMEM_REFUSAL_SYSTEM);
	limit_files(before);
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_honest(&self->peer);
}

/* Those for which there was room are closed, like any that are too many. */
TEST_F(hostile, two_descriptors_left)
{
	int next = dup(STDIN_FILENO), before;

	ASSERT_SYS(next);
	close(next);
	write_honest(&self->peer.letter);
	for (int i = 0; i < 4; i++)
		enclose_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	before = limit_files(next + 2);
	expect_answer(&self->peer, EMFILE, SEALMEM_REFUSAL_SYSTEM);
	limit_files(before);
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_honest(&self->peer);
}

/* ---- bytes ----------------------------------------------------------- */

TEST_F(hostile, every_wrong_length)
{
	static const size_t lengths[] = {
		0, 1, 8, 48, 79, 81, 160, 4096, ROOM,
	};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		write_honest(&self->peer.letter);
		self->peer.letter.size = lengths[i];
		expect_refused(&self->peer, EBADMSG,
			       SEALMEM_REFUSAL_MESSAGE_SIZE);
	}
}

FIXTURE(field)
{
	struct peer peer;
};

FIXTURE_VARIANT(field)
{
	int at;
	int size;
	uint64_t value;
	uint32_t refusal;
};

#define FIELD(id, ...) \
	FIXTURE_VARIANT_ADD(field, id) { __VA_ARGS__ }

FIELD(magic, 0, 8, 0, SEALMEM_REFUSAL_MESSAGE_MAGIC);
FIELD(version, 8, 4, 2, SEALMEM_REFUSAL_MESSAGE_VERSION);
FIELD(kind_none, 12, 4, 0, SEALMEM_REFUSAL_KIND);
FIELD(kind_unknown, 12, 4, 4, SEALMEM_REFUSAL_KIND);
FIELD(kind_huge, 12, 4, UINT32_MAX, SEALMEM_REFUSAL_KIND);
FIELD(size_zero, 16, 8, 0, SEALMEM_REFUSAL_SIZE_ZERO);
FIELD(size_limit, 16, 8, (uint64_t)1 << 31, SEALMEM_REFUSAL_SIZE_LIMIT);
FIELD(size_huge, 16, 8, UINT64_MAX, SEALMEM_REFUSAL_SIZE_LIMIT);
FIELD(label_control, 48, 1, '\n', SEALMEM_REFUSAL_MESSAGE_LABEL);
FIELD(label_utf_8, 48, 2, 0xa9c3, SEALMEM_REFUSAL_MESSAGE_LABEL);
FIELD(label_behind_its_end, 56, 1, 'x', SEALMEM_REFUSAL_MESSAGE_LABEL);

FIXTURE_SETUP(field)
{
	peer_open(&self->peer);
}

FIXTURE_TEARDOWN(field)
{
	peer_close(&self->peer);
}

TEST_F(field, is_refused)
{
	struct letter *letter = &self->peer.letter;

	write_honest(letter);
	put(letter->bytes + variant->at, variant->value, variant->size);
	expect_refused(&self->peer, EBADMSG, variant->refusal);
}

TEST_F(hostile, empty_token)
{
	write_honest(&self->peer.letter);
	put(self->peer.letter.bytes + 24, 0, 8);
	put(self->peer.letter.bytes + 32, 0, 8);
	expect_refused(&self->peer, EBADMSG, SEALMEM_REFUSAL_TOKEN);
}

/* ---- what is strange, but not wrong ---------------------------------- */

/* The kernel lets none of this through, so the receiver need not know it. */
TEST_F(hostile, nonsense_is_not_delivered)
{
	int fd = sealmem_channel_fd(&self->peer.theirs);
	struct cmsghdr header = { CMSG_LEN(0), SOL_SOCKET, 0x7fff };
	struct msghdr message = {
		.msg_control = &header, .msg_controllen = sizeof(header),
	};

	EXPECT_ERRNO(EOPNOTSUPP, send(fd, "oob", 3, MSG_OOB | MSG_NOSIGNAL));
	EXPECT_ERRNO(EINVAL, sendmsg(fd, &message, MSG_NOSIGNAL));
	header = (struct cmsghdr){ CMSG_LEN(4), SOL_SOCKET, SCM_RIGHTS };
	EXPECT_ERRNO(EINVAL, sendmsg(fd, &message, MSG_NOSIGNAL));
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_honest(&self->peer);
}

/* A stream of nothing but bad messages uses nothing up. */
TEST_F(hostile, many_bad_messages)
{
	for (int i = 0; i < 500; i++) {
		write_honest(&self->peer.letter);
		enclose_honest(&self->peer.letter);
		put(self->peer.letter.bytes, i, 1);
		send_letter(&self->peer.theirs, &self->peer.letter);
		expect_answer(&self->peer, EBADMSG,
			      SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	}
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_honest(&self->peer);
}

TH_MAIN
