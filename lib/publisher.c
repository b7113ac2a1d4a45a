/* SPDX-License-Identifier: MIT */
/*
 * Publishers: whoever connects is sent the newest region. Readers have nothing
 * to say, so whatever makes their end readable ends the connection.
 */
#include <errno.h>
#include <sealmem/publisher.h>
#include <stdlib.h>
#include <string.h>

#include "lib/channel.h"
#include "lib/handle.h"
#include "lib/wire.h"
#include "sealing/sealing.h"

/* Connections taken in one step, so that the caller gets its turn. */
#define ACCEPTED_MAX 16
/* Of the listener; readers have their place. */
#define LISTENER_KEY UINT32_MAX

static bool is_empty(const struct sealmem_publisher *publisher)
{
	return publisher->poll_fd_plus_one == 0;
}

int sealmem_publisher_fd(const struct sealmem_publisher *publisher)
{
	return publisher->poll_fd_plus_one - 1;
}

uint64_t sealmem_publisher_generation(const struct sealmem_publisher *publisher)
{
	return publisher->generation;
}

uint32_t
sealmem_publisher_reader_count(const struct sealmem_publisher *publisher)
{
	return publisher->reader_count;
}

/* --- beginning and end ---------------------------------------------------- */

static int watch(const struct sealmem_publisher *publisher,
		 const struct sealmem_channel *channel, uint32_t key)
{
	return sealing_poll_add(sealmem_publisher_fd(publisher),
				sealmem_channel_fd(channel), key);
}

static int start(struct sealmem_publisher *publisher)
{
	int ret;

	publisher->readers =
		calloc(publisher->reader_max, sizeof(*publisher->readers));
	if (!publisher->readers)
		return -ENOMEM;
	ret = sealing_poll_create();
	if (ret < 0)
		return ret;
	publisher->poll_fd_plus_one = ret + 1;
	return watch(publisher, &publisher->listener, LISTENER_KEY);
}

int sealmem_publisher_open(struct sealmem_channel *take_listener,
			   uint32_t reader_max,
			   struct sealmem_publisher *ret_publisher)
{
	struct sealmem_publisher publisher = { .reader_max = reader_max };
	int ret;

	if (sealmem_channel_fd(take_listener) < 0)
		return -EBADF;
	if (reader_max == 0 || reader_max > SEALMEM_PUBLISHER_READERS_MAX)
		return -EINVAL;
	publisher.listener = *take_listener;
	ret = start(&publisher);
	if (ret < 0) {
		publisher.listener = (struct sealmem_channel){ 0 };
		sealmem_publisher_close(&publisher);
		return ret;
	}
	*take_listener = (struct sealmem_channel){ 0 };
	*ret_publisher = publisher;
	return 0;
}

void sealmem_publisher_close(struct sealmem_publisher *publisher)
{
	for (uint32_t i = 0; publisher->readers && i < publisher->reader_max;
	     i++)
		sealmem_channel_close(&publisher->readers[i]);
	free(publisher->readers);
	sealmem_channel_close(&publisher->listener);
	sealmem_readonly_region_close(&publisher->region);
	if (!is_empty(publisher))
		sealing_close(sealmem_publisher_fd(publisher));
	*publisher = (struct sealmem_publisher){ 0 };
}

/* --- readers -------------------------------------------------------------- */

static void let_go(struct sealmem_publisher *publisher, uint32_t place)
{
	struct sealmem_channel *reader = &publisher->readers[place];

	/* Not by closing alone: a child of fork may have it open as well. */
	sealing_poll_remove(sealmem_publisher_fd(publisher),
			    sealmem_channel_fd(reader));
	sealmem_channel_close(reader);
	publisher->reader_count--;
}

static bool is_taken(const struct sealmem_publisher *publisher, uint32_t place)
{
	return sealmem_channel_fd(&publisher->readers[place]) >= 0;
}

/* Whoever does not take it is let go, and gets the newest on coming back. */
static void send_newest(struct sealmem_publisher *publisher, uint32_t place)
{
	if (channel_send(&publisher->readers[place], SEALMEM_KIND_READONLY,
			 &publisher->region.priv, publisher->label,
			 publisher->generation) < 0)
		let_go(publisher, place);
}

static uint32_t find_place(const struct sealmem_publisher *publisher)
{
	uint32_t place = 0;

	while (place < publisher->reader_max && is_taken(publisher, place))
		place++;
	return place;
}

static int admit(struct sealmem_publisher *publisher,
		 struct sealmem_channel *take_channel)
{
	uint32_t place = find_place(publisher);
	int ret;

	if (place == publisher->reader_max)
		return -EUSERS;
	ret = watch(publisher, take_channel, place);
	if (ret < 0)
		return ret;
	publisher->readers[place] = *take_channel;
	*take_channel = (struct sealmem_channel){ 0 };
	publisher->reader_count++;
	if (publisher->generation > 0)
		send_newest(publisher, place);
	return 0;
}

/* The last thing that went wrong; the others are seen to all the same. */
static int accept_readers(struct sealmem_publisher *publisher)
{
	int failure = 0;

	for (int i = 0; i < ACCEPTED_MAX; i++) {
		struct sealmem_channel channel = { 0 };
		int ret = sealmem_channel_accept(&publisher->listener, 0,
						 &channel);

		if (ret == -EAGAIN || ret == -EINTR)
			return failure;
		if (ret < 0)
			return ret;
		ret = admit(publisher, &channel);
		sealmem_channel_close(&channel);
		if (ret < 0)
			failure = ret;
	}
	return failure;
}

int sealmem_publisher_step(struct sealmem_publisher *publisher)
{
	uint32_t ready[SEALING_POLL_MAX];
	bool has_newcomers = false;
	int count;

	if (is_empty(publisher))
		return -EBADF;
	count = sealing_poll_ready(sealmem_publisher_fd(publisher), ready);
	/* Leavers first: they make room. */
	for (int i = 0; i < count; i++)
		if (ready[i] == LISTENER_KEY)
			has_newcomers = true;
		else if (is_taken(publisher, ready[i]))
			let_go(publisher, ready[i]);
	return has_newcomers ? accept_readers(publisher) : 0;
}

/* --- publish -------------------------------------------------------------- */

int sealmem_publisher_publish(struct sealmem_publisher *publisher,
			      const struct sealmem_readonly_region *region,
			      const char *label)
{
	struct sealmem_readonly_region newest = { 0 };
	char copy[SEALMEM_LABEL_MAX + 1];
	int ret;

	if (is_empty(publisher))
		return -EBADF;
	if (wire_read_label(label, copy) < 0)
		return -EINVAL;
	ret = sealmem_readonly_region_dup(region, &newest);
	if (ret < 0)
		return ret;
	sealmem_readonly_region_close(&publisher->region);
	publisher->region.priv = handle_take(&newest.priv);
	memcpy(publisher->label, copy, sizeof(copy));
	publisher->generation++;
	for (uint32_t i = 0; i < publisher->reader_max; i++)
		if (is_taken(publisher, i))
			send_newest(publisher, i);
	return 0;
}
