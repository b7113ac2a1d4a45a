/* SPDX-License-Identifier: MIT */
/*
 * Brokers whose answers are none, or come late or never: the client has an
 * error in time, and its region as it was.
 */
#include "broker_liar.h"

/* ---- lies about the answer ---------------------------------------------- */

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
