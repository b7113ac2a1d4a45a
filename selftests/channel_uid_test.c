/* SPDX-License-Identifier: MIT */
/*
 * Two processes of two users, one of them hostile. It sends every malformed
 * message and wrong descriptor there is a word for, and hangs up or dies
 * wherever it can. The receiver answers each, maps nothing, and has as many
 * descriptors afterwards as before.
 */
#include <sys/eventfd.h>

#include "channel_user.h"

/* ---- every malformed message and wrong descriptor -------------------- */

static int other_fd(int which)
{
	int fds[2];

	switch (which) {
	case 0:
		return pipe_end(0);
	case 1:
		return pipe_end(1);
	case 2:
		ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				      fds));
		close(fds[1]);
		return fds[0];
	case 3:
		return eventfd(0, EFD_CLOEXEC);
	case 4:
		return open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	case 5:
		return open("/dev/zero", O_RDWR | O_CLOEXEC);
	case 6:
		return open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	default:
		return open("/proc", O_PATH | O_CLOEXEC);
	}
}

#define OTHER_FDS 7

/* One case: what to write over an honest letter, or to enclose instead. */
struct wrong {
	int error;
	uint32_t refusal;
	int at, size;
	uint64_t value;
	/* Bytes more or less than a message has. */
	int longer;
	/* More descriptors than one, and how many of all apart. */
	int surplus, apart;
	enum sealmem_kind kind;
	struct recipe recipe;
	enum { HONEST, NOTHING, OTHER, COOKED, KEPT } enclosed;
	int other;
};

#define FIELD_(refused, where, bytes, other)				\
	{ EBADMSG, SEALMEM_REFUSAL_##refused, .at = (where),		\
	  .size = (bytes), .value = (other) }
#define FRAME_(refused, ...) \
	{ EBADMSG, SEALMEM_REFUSAL_##refused, __VA_ARGS__ }
#define MEMORY_(refused, as, sealed, how, ...)				\
	{ EPROTO, SEALMEM_REFUSAL_##refused, .enclosed = COOKED,	\
	  .kind = SEALMEM_KIND_##as,					\
	  .recipe = { .seals = (sealed), .access = (how), __VA_ARGS__ } }
#define OTHER_(which) \
	{ EPROTO, SEALMEM_REFUSAL_NOT_SEALABLE, .enclosed = OTHER, \
	  .other = which }

static const struct wrong wrongs[] = {
	FIELD_(MESSAGE_MAGIC, 0, 1, 'S'),
	FIELD_(MESSAGE_VERSION, 8, 4, 0),
	FIELD_(MESSAGE_VERSION, 8, 4, 2),
	FIELD_(KIND, 12, 4, 0),
	FIELD_(KIND, 12, 4, 4),
	FIELD_(KIND, 12, 4, UINT32_MAX),
	FIELD_(SIZE_ZERO, 16, 8, 0),
	FIELD_(SIZE_LIMIT, 16, 8, (uint64_t)1 << 31),
	FIELD_(SIZE_LIMIT, 16, 8, UINT64_MAX),
	FIELD_(MESSAGE_LABEL, 48, 1, '\n'),
	FIELD_(MESSAGE_LABEL, 50, 1, 'x'),
	FIELD_(MESSAGE_LABEL, 79, 1, 1),
	FRAME_(MESSAGE_SIZE, .longer = -1),
	FRAME_(MESSAGE_SIZE, .longer = -BYTES),
	FRAME_(MESSAGE_SIZE, .longer = 1),
	FRAME_(MESSAGE_SIZE, .longer = 4096),
	FRAME_(DESCRIPTOR_COUNT, .enclosed = NOTHING),
	FRAME_(DESCRIPTOR_COUNT, .enclosed = NOTHING, .longer = -BYTES),
	FRAME_(DESCRIPTOR_COUNT, .surplus = 1),
	FRAME_(DESCRIPTOR_COUNT, .surplus = 1, .apart = 1),
	FRAME_(DESCRIPTOR_COUNT, .surplus = 8, .apart = 4),
	FRAME_(DESCRIPTOR_COUNT, .surplus = MANY_FDS - 1),
	OTHER_(0), OTHER_(1), OTHER_(2), OTHER_(3), OTHER_(4), OTHER_(5),
	OTHER_(6),
	{ EPROTO, SEALMEM_REFUSAL_PATH_ONLY, .enclosed = OTHER,
	  .other = OTHER_FDS },
	/* A token that comes with other memory, and memory that was kept. */
	{ .at = 24, .size = 16, .value = 4242 },
	{ EPROTO, SEALMEM_REFUSAL_TOKEN_REPLAYED, .at = 24, .size = 16,
	  .value = 4242 },
	{ .kind = SEALMEM_KIND_WRITABLE, .enclosed = KEPT },
	{ EPROTO, SEALMEM_REFUSAL_TOKEN_REPLAYED,
	  .kind = SEALMEM_KIND_WRITABLE, .enclosed = KEPT },
	MEMORY_(NO_SHRINK_SEAL, READONLY, 0, O_RDONLY),
	MEMORY_(NO_SHRINK_SEAL, READONLY, FROZEN_SEALS & ~F_SEAL_SHRINK, 0),
	MEMORY_(NO_GROW_SEAL, READONLY, FROZEN_SEALS & ~F_SEAL_GROW, 0),
	MEMORY_(NO_SEAL_SEAL, READONLY, FROZEN_SEALS & ~F_SEAL_SEAL, 0),
	MEMORY_(NO_WRITE_SEAL, READONLY, UNSAFE_SEALS, O_RDONLY),
	MEMORY_(ACCESS_MODE, READONLY, LIVE_SEALS, O_RDWR),
	MEMORY_(ACCESS_MODE, READONLY, FROZEN_SEALS, O_WRONLY),
	MEMORY_(EXECUTABLE, READONLY, LIVE_SEALS, 0, .mode = 0500),
	MEMORY_(HOLE, READONLY, LIVE_SEALS, 0, .has_hole = true),
	MEMORY_(NO_SHRINK_SEAL, WRITABLE, F_SEAL_GROW, O_RDWR),
	MEMORY_(SEAL_SEALED, WRITABLE, UNSAFE_SEALS, O_RDWR),
	MEMORY_(WRITE_SEALED, WRITABLE, SIZE_SEALS | F_SEAL_WRITE, O_RDWR),
	MEMORY_(ACCESS_MODE, WRITABLE, SIZE_SEALS, O_RDONLY),
	MEMORY_(NO_SEAL_SEAL, UNSAFE, SIZE_SEALS, O_RDWR),
	MEMORY_(WRITE_SEALED, UNSAFE, LIVE_SEALS, O_RDWR),
	MEMORY_(ACCESS_MODE, UNSAFE, UNSAFE_SEALS, O_RDONLY),
};

#define WRONGS ((int)(sizeof(wrongs) / sizeof(wrongs[0])))

/* The one that its sender does not give up. */
static int kept(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = cook(&(struct recipe){ .seals = SIZE_SEALS,
					    .access = O_RDWR });
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void enclose_wrong(struct letter *letter, const struct wrong *wrong)
{
	if (wrong->enclosed == COOKED)
		enclose(letter, cook(&wrong->recipe));
	else if (wrong->enclosed == OTHER)
		enclose(letter, other_fd(wrong->other));
	else if (wrong->enclosed == KEPT)
		enclose(letter, kept());
	else if (wrong->enclosed == HONEST)
		enclose_honest(letter);
	for (int i = 0; i < wrong->surplus; i++)
		enclose_honest(letter);
	letter->apart = wrong->apart;
}

static void send_wrongs(struct th_self_uid *self, const void *what)
{
	struct letter *letter = &self->peer.letter;

	(void)what;
	connect_blocking(self);
	for (const struct wrong *w = wrongs; w < wrongs + WRONGS; w++) {
		write_bytes(letter, w->kind ? w->kind : SEALMEM_KIND_READONLY,
			    page_size());
		put(letter->bytes + w->at, w->value, w->size);
		letter->size += w->longer;
		enclose_wrong(letter, w);
		send_letter(&self->peer.theirs, letter);
		write_honest(letter);
		send_letter(&self->peer.theirs, letter);
	}
	/* Stays: of who is gone, an empty message looks like the end. */
	ASSERT_EQ(recv(sealmem_channel_fd(&self->peer.theirs), letter, 1, 0),
		  0);
}

TEST_F_TIMEOUT(uid, everything_that_is_wrong, 90)
{
	enum sealmem_kind kind;
	uint32_t refusal;

	start(self, send_wrongs, NULL);
	accept_it(self);
	for (const struct wrong *w = wrongs; w < wrongs + WRONGS; w++) {
		int ret = answer(self, &refusal, &kind);

		if (ret != -w->error || refusal != w->refusal)
			TH_LOG("number %d of what is wrong", (int)(w - wrongs));
		EXPECT_EQ(ret, -w->error);
		EXPECT_EQ(refusal, w->refusal);
		EXPECT_EQ(ret == 0, kind != SEALMEM_KIND_NONE);
		expect_no_leak(self);
		expect_no_mapping();
		EXPECT_OK(answer(self, &refusal, &kind));
		EXPECT_EQ(kind, SEALMEM_KIND_READONLY);
	}
	sealmem_channel_close(&self->peer.ours);
	wait_for_end(self, 0);
}

/* ---- control data that is cut ---------------------------------------- */

static void send_many(struct th_self_uid *self, const void *what)
{
	struct letter *letter = &self->peer.letter;

	(void)what;
	connect_blocking(self);
	write_honest(letter);
	for (int i = 1; i < MANY_FDS; i++)
		enclose_honest(letter);
	send_letter(&self->peer.theirs, letter);
	write_honest(letter);
	send_letter(&self->peer.theirs, letter);
}

/* The receiver has room for some of them. */
TEST_F(uid, more_descriptors_than_there_is_room_for)
{
	struct rlimit limit, narrow;
	enum sealmem_kind kind;
	uint32_t refusal;

	start(self, send_many, NULL);
	accept_it(self);
	wait_for_end(self, 0);
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	narrow = limit;
	narrow.rlim_cur = 40;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &narrow));
	EXPECT_ERR(EMFILE, answer(self, &refusal, &kind));
	EXPECT_EQ(refusal, SEALMEM_REFUSAL_SYSTEM);
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	expect_no_leak(self);
	EXPECT_OK(answer(self, &refusal, &kind));
	expect_end(self);
}

/* ---- cut at every byte ----------------------------------------------- */

struct cut {
	size_t size;
	bool has_fd;
	bool is_killed;
};

static void send_cut(struct th_self_uid *self, const void *what)
{
	const struct cut *cut = what;
	struct letter *letter = &self->peer.letter;

	connect_blocking(self);
	write_bytes(letter, SEALMEM_KIND_READONLY, page_size());
	letter->size = cut->size;
	if (cut->has_fd)
		enclose_honest(letter);
	send_letter(&self->peer.theirs, letter);
	if (cut->is_killed)
		raise(SIGKILL);
	sealmem_channel_close(&self->peer.theirs);
}

static void expect_cut(struct th_self_uid *self, const struct cut *cut)
{
	bool is_whole = cut->size == BYTES && cut->has_fd;
	enum sealmem_kind kind;
	uint32_t refusal;
	int ret;

	start(self, send_cut, cut);
	accept_it(self);
	wait_for_end(self, cut->is_killed ? SIGKILL : 0);
	/* Nothing at all, from nobody any more: that is the end. */
	if (cut->size > 0 || cut->has_fd) {
		ret = answer(self, &refusal, &kind);
		if (ret != (is_whole ? 0 : -EBADMSG))
			TH_LOG("after %zu bytes, with %d descriptors",
			       cut->size, cut->has_fd);
		EXPECT_EQ(ret, is_whole ? 0 : -EBADMSG);
		expect_no_leak(self);
	}
	expect_end(self);
}

TEST_F_TIMEOUT(uid, cut_at_every_byte, 150)
{
	struct cut cut;

	for (int how = 0; how < 4; how++)
		for (cut.size = 0; cut.size <= BYTES + 8; cut.size++) {
			cut.has_fd = how & 1;
			cut.is_killed = how & 2;
			expect_cut(self, &cut);
		}
	expect_no_mapping();
}

/* ---- killed at every point of what it does --------------------------- */

enum { AT_START, CONNECTED, SENT, SENT_HALF, SENT_AGAIN, POINTS };

static void die_at(int point, const int *wanted)
{
	if (point == *wanted)
		raise(SIGKILL);
}

static void live_until(struct th_self_uid *self, const void *what)
{
	struct letter *letter = &self->peer.letter;

	die_at(AT_START, what);
	connect_blocking(self);
	die_at(CONNECTED, what);
	write_honest(letter);
	send_letter(&self->peer.theirs, letter);
	die_at(SENT, what);
	write_honest(letter);
	letter->size /= 2;
	send_letter(&self->peer.theirs, letter);
	die_at(SENT_HALF, what);
	write_honest(letter);
	send_letter(&self->peer.theirs, letter);
	die_at(SENT_AGAIN, what);
}

static void expect_what_was_sent(struct th_self_uid *self, int point)
{
	enum sealmem_kind kind;
	uint32_t refusal;
	int good = 0, bad = 0, ret;

	while ((ret = answer(self, &refusal, &kind)) == 0 || ret == -EBADMSG) {
		good += ret == 0;
		bad += ret != 0;
	}
	EXPECT_EQ(ret, -ENODATA);
	EXPECT_EQ(good, (point >= SENT) + (point >= SENT_AGAIN));
	EXPECT_EQ(bad, point >= SENT_HALF);
	expect_no_leak(self);
}

TEST_F_TIMEOUT(uid, killed_at_every_point, 60)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	for (int point = AT_START; point < POINTS; point++) {
		start(self, live_until, &point);
		if (point == AT_START) {
			wait_for_end(self, SIGKILL);
			EXPECT_ERR(EAGAIN, sealmem_channel_accept(
				&self->listener, 0, &self->peer.ours));
			continue;
		}
		/* Waits for it while it dies. */
		accept_it(self);
		expect_what_was_sent(self, point);
		wait_for_end(self, SIGKILL);
		EXPECT_ERR(EPIPE, sealmem_channel_send_writable(
			&self->peer.ours, &made.writable, NULL));
		sealmem_channel_close(&self->peer.ours);
	}
	EXPECT_FALSE(sealmem_writable_region_is_empty(&made.writable));
	made_close(&made);
}

TH_MAIN
