/* SPDX-License-Identifier: MIT */
/*
 * Brokers that are hostile: whatever one answers, the client has an error in
 * time, its region as it was, and nothing that it did not ask for.
 */
#include <pthread.h>

#include "broker_letter.h"

#define SHORT_MS 100

struct th_self_liar;

/* What the broker makes of a request; @fd is what came with it, or -1. */
typedef void lie_function(struct th_self_liar *self, struct letter *letter,
			  uint64_t id, int fd);

FIXTURE(liar)
{
	struct sealmem_broker_client client;
	struct sealmem_hooks hooks;
	struct sealmem_channel theirs;
	struct sealmem_writable_region writable;
	struct sealmem_readonly_region readonly;
	struct sealmem_unsafe_region unsafe;
	struct sealmem_writable_mapping writer;
	pthread_t thread;
	struct letter letter;
	lie_function *lie;
	/* For lies that are about something in particular. */
	struct recipe recipe;
	int number;
};

static void start(struct th_self_liar *self, int timeout_ms)
{
	struct sealmem_channel ours = { 0 };

	ASSERT_OK(sealmem_channel_pair(&ours, &self->theirs));
	ASSERT_OK(sealmem_broker_client_init(&ours, timeout_ms,
					     &self->client));
	sealmem_broker_client_hooks(&self->client, &self->hooks);
}

FIXTURE_SETUP(liar)
{
	start(self, TIMEOUT_MS);
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
}

FIXTURE_TEARDOWN(liar)
{
	sealmem_writable_region_close(&self->writable);
	sealmem_broker_client_close(&self->client);
	sealmem_channel_close(&self->theirs);
}

/* ---- the broker's thread ------------------------------------------------ */

static void *broker(void *arg)
{
	struct th_self_liar *self = arg;
	unsigned char bytes[ROOM];
	int fd;

	if (receive_raw(sealmem_channel_fd(&self->theirs), bytes, sizeof(bytes),
			&fd) != 0)
		self->lie(self, &self->letter, number_at(bytes + 16, 8), fd);
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void lie_next(struct th_self_liar *self, lie_function *lie)
{
	self->lie = lie;
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, broker, self));
}

static void join(struct th_self_liar *self)
{
	ASSERT_EQ(0, pthread_join(self->thread, NULL));
}

static void expect_no_creation(struct th_self_liar *self, lie_function *lie,
			       int error)
{
	struct sealmem_writable_region region = { 0 };

	lie_next(self, lie);
	EXPECT_EQ(-error, self->hooks.create_writable(SIZE, NULL, &region,
						      self->hooks.data));
	join(self);
	EXPECT_TRUE(sealmem_writable_region_is_empty(&region));
}

static int convert(struct th_self_liar *self, uint32_t to)
{
	if (to == TO_UNSAFE)
		return self->hooks.to_unsafe(&self->writable, &self->unsafe,
					     self->hooks.data);
	if (to == FREEZE)
		return self->hooks.freeze(&self->writable, &self->readonly,
					  self->hooks.data);
	return self->hooks.to_readonly(&self->writable, &self->readonly,
				       self->hooks.data);
}

static void expect_no_conversion(struct th_self_liar *self, uint32_t to,
				 lie_function *lie, int error)
{
	int fd = sealmem_writable_region_fd(&self->writable);

	lie_next(self, lie);
	EXPECT_EQ(-error, convert(self, to));
	join(self);
	EXPECT_EQ(SIZE, sealmem_writable_region_size(&self->writable));
	EXPECT_EQ(fd, sealmem_writable_region_fd(&self->writable));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&self->readonly));
	EXPECT_TRUE(sealmem_unsafe_region_is_empty(&self->unsafe));
}

/* ---- lies about the answer ---------------------------------------------- */

static void reply(struct th_self_liar *self, struct letter *letter)
{
	send_letter(&self->theirs, letter);
}

static void say_error(struct th_self_liar *self, struct letter *letter,
		      uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, self->number);
	reply(self, letter);
}

static void say_error_with_memory(struct th_self_liar *self,
				  struct letter *letter, uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, ENOMEM);
	enclose(letter, cook(&self->recipe));
	reply(self, letter);
}

static void say_another_magic(struct th_self_liar *self, struct letter *letter,
			      uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	letter->bytes[0] = 'S';
	enclose(letter, cook(&self->recipe));
	reply(self, letter);
}

static void say_another_version(struct th_self_liar *self,
				struct letter *letter, uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	letter->bytes[8] = 2;
	enclose(letter, cook(&self->recipe));
	reply(self, letter);
}

static void say_more_bytes(struct th_self_liar *self, struct letter *letter,
			   uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	letter->size += (size_t)self->number;
	enclose(letter, cook(&self->recipe));
	reply(self, letter);
}

static void pass_two(struct th_self_liar *self, struct letter *letter,
		     uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	enclose(letter, cook(&self->recipe));
	enclose(letter, cook(&self->recipe));
	reply(self, letter);
}

static void hang_up(struct th_self_liar *self, struct letter *letter,
		    uint64_t id, int fd)
{
	(void)letter;
	(void)id;
	(void)fd;
	sealmem_channel_close(&self->theirs);
}

TEST_F(liar, errors_are_passed_on)
{
	self->number = EDQUOT;
	expect_no_creation(self, say_error, EDQUOT);
	expect_no_conversion(self, TO_READONLY, say_error, EDQUOT);
	self->number = 4095;
	expect_no_creation(self, say_error, 4095);
}

TEST_F(liar, answers_that_are_none)
{
	self->recipe = (struct recipe){ .seals = SIZE_SEALS, .access = O_RDWR };
	self->number = 4096;
	expect_no_creation(self, say_error, EBADMSG);
	self->number = -1;
	expect_no_creation(self, say_error, EBADMSG);
	expect_no_creation(self, say_another_magic, EBADMSG);
	expect_no_creation(self, say_another_version, EBADMSG);
	self->number = 1;
	expect_no_creation(self, say_more_bytes, EBADMSG);
	self->number = 60000;
	expect_no_creation(self, say_more_bytes, EBADMSG);
	self->number = -1;
	expect_no_creation(self, say_more_bytes, EBADMSG);
}

TEST_F(liar, wrong_numbers_of_descriptors)
{
	self->recipe = (struct recipe){ .seals = SIZE_SEALS, .access = O_RDWR };
	self->number = 0;
	expect_no_creation(self, say_error, EBADMSG);
	expect_no_creation(self, say_error_with_memory, EBADMSG);
	expect_no_creation(self, pass_two, EBADMSG);
}

TEST_F(liar, a_broker_that_hangs_up)
{
	expect_no_creation(self, hang_up, ENODATA);
}

/* ---- lies about the memory ---------------------------------------------- */

static void pass_cooked(struct th_self_liar *self, struct letter *letter,
			uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	enclose(letter, cook(&self->recipe));
	reply(self, letter);
}

static void pass_a_pipe(struct th_self_liar *self, struct letter *letter,
			uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	enclose(letter, pipe_end(0));
	reply(self, letter);
}

static void expect_not_created(struct th_self_liar *self, struct recipe recipe)
{
	self->recipe = recipe;
	expect_no_creation(self, pass_cooked, EPROTO);
}

TEST_F(liar, memory_that_is_no_writable_region)
{
	off_t larger = 2 * (off_t)page_size();

	expect_no_creation(self, pass_a_pipe, EPROTO);
	expect_not_created(self, (struct recipe){ .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = F_SEAL_SHRINK,
						  .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = UNSAFE_SEALS,
						  .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS |
							   F_SEAL_FUTURE_WRITE,
						  .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS,
						  .access = O_RDWR,
						  .size = larger });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS,
						  .access = O_RDWR,
						  .mode = 0700 });
}

static void expect_not_converted(struct th_self_liar *self, uint32_t to,
				 struct recipe recipe)
{
	self->recipe = recipe;
	expect_no_conversion(self, to, pass_cooked, EPROTO);
}

/* All that is asked for, but it is not the same memory. */
TEST_F(liar, other_memory)
{
	expect_not_converted(self, TO_READONLY,
			     (struct recipe){ .seals = LIVE_SEALS });
	expect_not_converted(self, FREEZE,
			     (struct recipe){ .seals = FROZEN_SEALS });
	expect_not_converted(self, TO_UNSAFE,
			     (struct recipe){ .seals = UNSAFE_SEALS,
					      .access = O_RDWR });
}

/* The same memory, sealed with what the test says, through a descriptor. */
static void seal_and_pass(struct th_self_liar *self, struct letter *letter,
			  uint64_t id, int fd)
{
	char path[64];

	if (self->recipe.seals)
		ASSERT_SYS(fcntl(fd, F_ADD_SEALS, self->recipe.seals));
	fchmod(fd, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	write_answer(letter, id, 0);
	enclose(letter, open(path, self->recipe.access | O_CLOEXEC));
	reply(self, letter);
}

static void expect_not_sealed(struct th_self_liar *self, uint32_t to,
			      unsigned int seals, int access)
{
	self->recipe = (struct recipe){ .seals = seals, .access = access };
	expect_no_conversion(self, to, seal_and_pass, EPROTO);
	/* Another one, since seals stay. */
	sealmem_writable_region_close(&self->writable);
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
}

TEST_F(liar, memory_that_was_not_sealed_as_asked)
{
	expect_not_sealed(self, TO_READONLY, 0, O_RDONLY);
	expect_not_sealed(self, TO_READONLY, F_SEAL_SEAL, O_RDONLY);
	expect_not_sealed(self, TO_READONLY, F_SEAL_FUTURE_WRITE, O_RDONLY);
	expect_not_sealed(self, TO_READONLY, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL,
			  O_RDWR);
	/* Live is not frozen. */
	expect_not_sealed(self, FREEZE, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL,
			  O_RDONLY);
	expect_not_sealed(self, TO_UNSAFE, 0, O_RDWR);
	expect_not_sealed(self, TO_UNSAFE, F_SEAL_SEAL, O_RDONLY);
	expect_not_sealed(self, TO_UNSAFE, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL,
			  O_RDWR);
}

/* More than was asked for is what somebody else could have done, too. */
TEST_F(liar, frozen_instead_of_live)
{
	self->recipe.seals = F_SEAL_WRITE | F_SEAL_SEAL;
	lie_next(self, seal_and_pass);
	EXPECT_OK(convert(self, TO_READONLY));
	join(self);
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&self->readonly));
	sealmem_readonly_region_close(&self->readonly);
}

/* A hole where there was none: it would raise SIGBUS, or fill memory. */
static void punch_and_pass(struct th_self_liar *self, struct letter *letter,
			   uint64_t id, int fd)
{
	ASSERT_SYS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			     (off_t)page_size()));
	seal_and_pass(self, letter, id, fd);
}

TEST_F(liar, memory_with_a_hole)
{
	self->recipe.seals = F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
	expect_no_conversion(self, TO_READONLY, punch_and_pass, EPROTO);
}

/* ---- lies about content ------------------------------------------------- */

/* Creates honestly, changes a byte of what came, and freezes that. */
static void create_and_change(struct th_self_liar *self, struct letter *letter,
			      uint64_t id, int fd)
{
	unsigned char bytes[ROOM];

	(void)fd;
	self->recipe = (struct recipe){ .seals = SIZE_SEALS, .access = O_RDWR };
	pass_cooked(self, letter, id, -1);
	receive_raw(sealmem_channel_fd(&self->theirs), bytes, sizeof(bytes),
		    &fd);
	if (self->number)
		ASSERT_EQ(1, pwrite(fd, "x", 1, SIZE - 1));
	self->recipe = (struct recipe){ .seals = F_SEAL_WRITE | F_SEAL_SEAL };
	seal_and_pass(self, letter, number_at(bytes + 16, 8), fd);
	close(fd);
}

static int create_from(struct th_self_liar *self, int is_changed)
{
	static const char content[SIZE] = "as it was";
	int ret;

	self->number = is_changed;
	lie_next(self, create_and_change);
	ret = self->hooks.create_readonly_from(content, SIZE, NULL,
					       &self->readonly,
					       self->hooks.data);
	join(self);
	return ret;
}

TEST_F(liar, content_that_was_changed_before_it_was_frozen)
{
	EXPECT_ERR(EPROTO, create_from(self, true));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&self->readonly));
	EXPECT_OK(create_from(self, false));
	sealmem_readonly_region_close(&self->readonly);
}

/* ---- time --------------------------------------------------------------- */

static void restart(struct th_self_liar *self, int timeout_ms)
{
	sealmem_broker_client_close(&self->client);
	sealmem_channel_close(&self->theirs);
	start(self, timeout_ms);
}

static void say_nothing(struct th_self_liar *self, struct letter *letter,
			uint64_t id, int fd)
{
	(void)self;
	(void)letter;
	(void)id;
	(void)fd;
}

/* Sends memory for requests that nobody made, until nobody is there. */
static void answer_others(struct th_self_liar *self, struct letter *letter,
			  uint64_t id, int fd)
{
	struct pollfd polled = { .fd = sealmem_channel_fd(&self->theirs),
				 .events = POLLOUT };
	unsigned char *bytes = letter->bytes;

	(void)fd;
	(void)id;
	write_answer(letter, 0, ENOMEM);
	for (;;) {
		poll(&polled, 1, -1);
		if (send(polled.fd, bytes, SEALMEM_ANSWER_SIZE,
			 MSG_NOSIGNAL) < 0 && errno != EAGAIN)
			return;
	}
}

TEST_F(liar, no_answer)
{
	restart(self, SHORT_MS);
	expect_no_creation(self, say_nothing, ETIMEDOUT);
	expect_no_conversion(self, TO_READONLY, say_nothing, ETIMEDOUT);
}

TEST_F(liar, no_end_of_answers_to_something_else)
{
	struct sealmem_writable_region region = { 0 };

	restart(self, SHORT_MS);
	lie_next(self, answer_others);
	EXPECT_ERR(ETIMEDOUT, self->hooks.create_writable(SIZE, NULL, &region,
							  self->hooks.data));
	/* And none at the next one, where there are some from the start. */
	EXPECT_ERR(ETIMEDOUT, self->hooks.create_writable(SIZE, NULL, &region,
							  self->hooks.data));
	sealmem_broker_client_close(&self->client);
	join(self);
}

/* First what was asked for before, with memory, then an answer. */
static void answer_late(struct th_self_liar *self, struct letter *letter,
			uint64_t id, int fd)
{
	pass_cooked(self, letter, id - 1, fd);
	say_error(self, letter, id, fd);
}

/* An answer that comes too late is not the answer to what is asked next. */
TEST_F(liar, late_answers)
{
	self->recipe = (struct recipe){ .seals = SIZE_SEALS, .access = O_RDWR };
	/* It is there when the request is made, or comes in between. */
	pass_cooked(self, &self->letter, 1000, -1);
	self->number = EDQUOT;
	expect_no_creation(self, answer_late, EDQUOT);
}

TH_MAIN
