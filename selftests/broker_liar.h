/* SPDX-License-Identifier: MIT */
/* A client, and a broker in a thread of the same process that lies to it. */
#ifndef SELFTESTS_BROKER_LIAR_H
#define SELFTESTS_BROKER_LIAR_H

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
	char *kept;
};

static inline void start(struct th_self_liar *self, int timeout_ms)
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

static inline void *broker(void *arg)
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

static inline void lie_next(struct th_self_liar *self, lie_function *lie)
{
	self->lie = lie;
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, broker, self));
}

static inline void join(struct th_self_liar *self)
{
	ASSERT_EQ(0, pthread_join(self->thread, NULL));
}

static inline void expect_no_creation(struct th_self_liar *self, lie_function *lie,
			       int error)
{
	struct sealmem_writable_region region = { 0 };

	lie_next(self, lie);
	EXPECT_EQ(-error, self->hooks.create_writable(SIZE, NULL, &region,
						      self->hooks.data));
	join(self);
	EXPECT_TRUE(sealmem_writable_region_is_empty(&region));
}

static inline int convert(struct th_self_liar *self, uint32_t to)
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

static inline void expect_no_conversion(struct th_self_liar *self, uint32_t to,
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

/* ---- answers ---------------------------------------------------------- */

static inline void reply(struct th_self_liar *self, struct letter *letter)
{
	send_letter(&self->theirs, letter);
}

static inline void pass_cooked(struct th_self_liar *self, struct letter *letter,
			uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	enclose(letter, cook(&self->recipe));
	reply(self, letter);
}

#endif
