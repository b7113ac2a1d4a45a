/* SPDX-License-Identifier: MIT */
/*
 * Who sleeps until a snapshot changes, and what others who can map the same
 * word can do to him.
 */
#ifndef SELFTESTS_SNAPSHOT_WAIT_H
#define SELFTESTS_SNAPSHOT_WAIT_H

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "snapshot.h"

#define PART_SIZE 64
#define FOR_EVER  (-1)

static inline long futex(const uint32_t *word, int op, unsigned int value,
			 const struct timespec *limit)
{
	return syscall(SYS_futex, word, op, value, limit, NULL, 0);
}

/* The first one of line 1, through the reader's own mapping. */
static inline const uint32_t *
waited_word(const struct sealmem_snapshot_reader *reader)
{
	return (const uint32_t *)((const char *)reader->mapping.addr + LINE);
}

/*
 * Returns when somebody sleeps on the word. He is woken by that, as by any
 * co-reader, and goes on sleeping if he does not believe it.
 */
static inline void poke_sleeper(const uint32_t *word)
{
	while (futex(word, FUTEX_WAKE, 1, NULL) == 0)
		sched_yield();
}

static inline void publish(struct buffer *buffer, uint32_t number)
{
	uint32_t words[PART_SIZE / 4];

	chain_fill(words, PART_SIZE / 4, 0, number);
	ASSERT_OK(sealmem_snapshot_write(&buffer->writer, 0, words));
}

/* The number of part 0's value; 0 if it is none that this reader had not seen. */
static inline uint32_t read_newest(struct sealmem_snapshot_reader *reader)
{
	const void *value;
	int state = sealmem_snapshot_read(reader, 0, &value);

	if (state != SEALMEM_SNAPSHOT_FRESH)
		return 0;
	EXPECT_TRUE(chain_is_whole(value, PART_SIZE / 4, 0));
	return *(const uint32_t *)value;
}

/* ---- a thread that waits, with a reader of its own -------------------- */

struct sleeper {
	struct sealmem_snapshot_reader reader;
	pthread_t thread;
	int timeout_ms;
	int result;
};

static inline void *sleeper_body(void *argument)
{
	struct sleeper *sleeper = argument;

	sleeper->result = sealmem_snapshot_wait(&sleeper->reader,
						sleeper->timeout_ms);
	return NULL;
}

static inline void sleeper_attach(struct sleeper *sleeper,
				  const struct sealmem_readonly_region *region,
				  const struct sealmem_snapshot_layout *layout)
{
	*sleeper = (struct sleeper){ .timeout_ms = FOR_EVER };
	reader_attach(region, layout, &sleeper->reader);
	/* What was published before is not what this is about. */
	sealmem_snapshot_has_changed(&sleeper->reader);
}

static inline void sleeper_run(struct sleeper *sleeper)
{
	ASSERT_EQ(0, pthread_create(&sleeper->thread, NULL, sleeper_body,
				    sleeper));
}

static inline void sleeper_start(struct sleeper *sleeper,
				 const struct buffer *buffer)
{
	sleeper_attach(sleeper, &buffer->region, &buffer->layout);
	sleeper_run(sleeper);
}

static inline int sleeper_end(struct sleeper *sleeper)
{
	ASSERT_EQ(0, pthread_join(sleeper->thread, NULL));
	sealmem_snapshot_reader_close(&sleeper->reader);
	return sleeper->result;
}

#endif
