/* SPDX-License-Identifier: MIT */
/*
 * A consumer's region has what the consumer may see and nothing else: it is not
 * written to before, and a disconnected pad leaves nothing in it.
 */
#include "lib/gamepad_consumer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int gamepad_consumer_create(uint32_t pad_count,
			    const struct sealmem_options *options,
			    struct sealmem_readonly_region *ret_region,
			    struct gamepad_consumer **ret_consumer)
{
	struct gamepad_consumer *consumer = calloc(1, sizeof(*consumer));
	int ret;

	if (!consumer)
		return -ENOMEM;
	ret = sealmem_gamepad_writer_create(pad_count, options, ret_region,
					    &consumer->writer);
	if (ret < 0) {
		free(consumer);
		return ret;
	}
	consumer->is_active = true;
	*ret_consumer = consumer;
	return 0;
}

struct sealmem_gamepad
gamepad_consumer_view(const struct gamepad_consumer *consumer, uint32_t slot,
		      const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad view = *pad;

	for (uint32_t i = 0; i < pad->button_count; i++)
		view.buttons[i].press_count -= consumer->hidden[slot][i];
	return view;
}

/* All that is written was checked when it came from the device. */
static void write_pad(struct gamepad_consumer *consumer, uint32_t slot,
		      const struct sealmem_gamepad *pad)
{
	int ret = sealmem_gamepad_write(&consumer->writer, slot, pad);

	assert(ret == 0);
	(void)ret;
}

void gamepad_consumer_show(struct gamepad_consumer *consumer, uint32_t slot,
			   const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad view =
		gamepad_consumer_view(consumer, slot, pad);

	write_pad(consumer, slot, &view);
}

void gamepad_consumer_reveal(struct gamepad_consumer *consumer, uint32_t slot,
			     const struct sealmem_gamepad *before,
			     const struct sealmem_gamepad *pad)
{
	const struct sealmem_gamepad *known;

	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++) {
		known = i < before->button_count ? before : pad;
		consumer->hidden[slot][i] = known->buttons[i].press_count;
	}
	consumer->seen |= (uint32_t)1 << slot;
	gamepad_consumer_show(consumer, slot, pad);
}

void gamepad_consumer_hide(struct gamepad_consumer *consumer, uint32_t slot)
{
	static const struct sealmem_gamepad blank;

	write_pad(consumer, slot, &blank);
}

void gamepad_consumer_hide_all(struct gamepad_consumer *consumer)
{
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++)
		if (consumer->seen & (uint32_t)1 << i)
			gamepad_consumer_hide(consumer, i);
}

void gamepad_consumer_close(struct gamepad_consumer *consumer)
{
	gamepad_consumer_hide_all(consumer);
	sealmem_gamepad_writer_close(&consumer->writer);
	free(consumer);
}
