/* SPDX-License-Identifier: MIT */
/* A snapshot writer in a process of its own, and how to read what it wrote. */
#ifndef SELFTESTS_SNAPSHOT_VICTIM_H
#define SELFTESTS_SNAPSHOT_VICTIM_H

#include "snapshot.h"

#define PARTS	 3
#define PART_MAX 8192

struct victim {
	pid_t pid;
	struct sealmem_snapshot_layout layout;
	struct sealmem_readonly_region region;
};

typedef void victim_body(struct sealmem_snapshot_writer *writer);

__attribute__((noreturn))
static inline void be_victim(struct sealmem_channel *channel,
			     const struct sealmem_snapshot_layout *layout,
			     victim_body *body)
{
	struct buffer buffer;

	buffer_make_as(&buffer, layout);
	ASSERT_OK(sealmem_channel_send_readonly(channel, &buffer.region, NULL));
	body(&buffer.writer);
	_exit(0);
}

static inline void victim_start_as(struct victim *victim,
				   const struct sealmem_snapshot_layout *layout,
				   victim_body *body)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_received_region received;

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	victim->layout = *layout;
	victim->pid = fork();
	ASSERT_SYS(victim->pid);
	if (!victim->pid)
		be_victim(&theirs, layout, body);
	ASSERT_OK(sealmem_channel_receive(&ours, NULL, -1, &received, NULL));
	ASSERT_EQ(received.kind, SEALMEM_KIND_READONLY);
	victim->region = received.as.readonly;
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
}

static inline void victim_start(struct victim *victim, uint32_t part_size,
				victim_body *body)
{
	struct sealmem_snapshot_layout layout = layout_of(PARTS, part_size);

	victim_start_as(victim, &layout, body);
}

static inline void victim_kill(struct victim *victim)
{
	int status;

	ASSERT_SYS(kill(victim->pid, SIGKILL));
	ASSERT_EQ(waitpid(victim->pid, &status, 0), victim->pid);
	ASSERT_TRUE(WIFSIGNALED(status));
}

static inline void write_number(struct sealmem_snapshot_writer *writer,
				uint32_t part, uint32_t number)
{
	uint32_t words[PART_MAX / 4];

	chain_fill(words, writer->sizes.part_size / 4, part, number);
	ASSERT_OK(sealmem_snapshot_write(writer, part, words));
}

/* Reads a part; the last value is whole, whatever there is to read. */
static inline int read_number(struct sealmem_snapshot_reader *reader,
			      uint32_t part, uint32_t *ret_number)
{
	const void *value;
	int state = sealmem_snapshot_read(reader, part, &value);
	const uint32_t *words = value;

	if (!value)
		return state;
	ASSERT_TRUE(chain_is_whole(words, reader->sizes.part_size / 4, part));
	if (state == SEALMEM_SNAPSHOT_FRESH)
		*ret_number = words[0];
	return state;
}

#endif
