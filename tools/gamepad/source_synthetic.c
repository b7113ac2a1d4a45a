/* SPDX-License-Identifier: MIT */
/*
 * Pads that nobody holds: two standard gamepads whose state is a function of
 * the time since the source was opened, and of nothing else. Steps may come
 * late or not at all without a press being lost from the counters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gamepad/source.h"
#include "tools/tool.h"

#define PADS		2
#define BUTTONS		17
#define TRIGGER_LEFT	6
#define TRIGGER_RIGHT	7

/* One button after the other: each has a slot, and is down inside of it. */
#define SLOT_US		250000
#define DOWN_FROM_US	50000
#define DOWN_UNTIL_US	200000
/* All buttons but the two triggers. */
#define SLOTS		(BUTTONS - 2)

#define CIRCLE_US	4000000
#define TRIGGER_US	3000000

/**
 * struct synthetic - The source
 * @start_us: When it was opened
 * @sink: Who is told
 * @pads: The pads, as they were told of last
 */
struct synthetic {
	uint64_t start_us;
	struct source_sink sink;
	struct sealmem_gamepad pads[PADS];
};

/* How far @time_us is into its period, 0 to 1. */
static double phase(uint64_t time_us, uint64_t period_us)
{
	return (double)(time_us % period_us) / (double)period_us;
}

/* Bhaskara's sine, off by less than 0.002: not worth linking libm for. */
static float sine(double turns)
{
	double x = turns - (double)(int64_t)turns;
	double half = x < 0.5 ? 2 * x : 2 * x - 1;
	double bow = half * (1 - half);
	double value = 16 * bow / (5 - 4 * bow);

	return (float)(x < 0.5 ? value : -value);
}

static void move_sticks(struct sealmem_gamepad *pad, uint64_t time_us)
{
	double turns = phase(time_us, CIRCLE_US);

	/* The right stick goes the other way round. */
	pad->axes[0] = sine(turns + 0.25);
	pad->axes[1] = sine(turns);
	pad->axes[2] = sine(turns);
	pad->axes[3] = sine(turns + 0.25);
}

/* @slot: the button's place in the order in which they are pressed. */
static void press_button(struct sealmem_gamepad_button *button, uint64_t slot,
			 uint64_t time_us)
{
	uint64_t now = time_us / SLOT_US, into = time_us % SLOT_US;
	uint64_t rounds = now / SLOTS;
	bool mine = now % SLOTS == slot;
	bool begun = now % SLOTS > slot || (mine && into >= DOWN_FROM_US);

	button->pressed = mine && begun && into < DOWN_UNTIL_US;
	button->touched = button->pressed;
	button->value = button->pressed;
	button->press_count = (uint32_t)(rounds + begun);
}

/* Up in the first half of the period, down again in the second. */
static void pull_trigger(struct sealmem_gamepad_button *button,
			 uint64_t time_us)
{
	double x = phase(time_us, TRIGGER_US);
	bool begun;

	button->value = (float)(x < 0.5 ? 2 * x : 2 - 2 * x);
	button->pressed = button->value > SOURCE_PRESSED_ABOVE;
	button->touched = button->value > 0;
	begun = button->pressed || x >= 0.5;
	button->press_count = (uint32_t)(time_us / TRIGGER_US + begun);
}

static void move_buttons(struct sealmem_gamepad *pad, uint64_t time_us)
{
	uint64_t slot = 0;

	for (unsigned int i = 0; i < BUTTONS; i++) {
		pad->buttons[i].type = SEALMEM_GAMEPAD_BUTTON_STANDARD;
		if (i != TRIGGER_LEFT && i != TRIGGER_RIGHT)
			press_button(&pad->buttons[i], slot++, time_us);
	}
	pull_trigger(&pad->buttons[TRIGGER_LEFT], time_us);
	pull_trigger(&pad->buttons[TRIGGER_RIGHT], time_us);
}

static void move(struct synthetic *synthetic, unsigned int i)
{
	uint64_t now_us = tool_now_us();
	/* The second one goes twice as fast, to be told apart. */
	uint64_t time_us = (now_us - synthetic->start_us) << i;

	synthetic->pads[i].event_time_us = now_us;
	move_sticks(&synthetic->pads[i], time_us);
	move_buttons(&synthetic->pads[i], time_us);
}

static void synthetic_tick(struct source *source)
{
	struct synthetic *synthetic = source->state;
	const struct source_sink *sink = &synthetic->sink;

	for (unsigned int i = 0; i < PADS; i++) {
		move(synthetic, i);
		sink->update(sink->data, i, &synthetic->pads[i]);
	}
}

static void begin_pad(struct sealmem_gamepad *pad, unsigned int i)
{
	pad->connected = 1;
	pad->mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD;
	pad->axis_count = 4;
	pad->button_count = BUTTONS;
	pad->axes_used = (1u << 4) - 1;
	pad->buttons_used = (1u << BUTTONS) - 1;
	snprintf(pad->id, sizeof(pad->id),
		 "Synthetic pad %u (STANDARD GAMEPAD Vendor: 0000 "
		 "Product: 0000)", i);
}

static int synthetic_start(struct source *source, struct loop *loop,
			   const struct source_sink *sink)
{
	struct synthetic *synthetic = source->state;

	(void)loop;
	synthetic->sink = *sink;
	for (unsigned int i = 0; i < PADS; i++) {
		begin_pad(&synthetic->pads[i], i);
		move(synthetic, i);
		sink->connect(sink->data, i, true, &synthetic->pads[i]);
	}
	return 0;
}

static void synthetic_close(struct source *source)
{
	free(source->state);
}

bool source_synthetic_open(const struct source_options *options,
			   struct source *ret_source)
{
	struct synthetic *synthetic = calloc(1, sizeof(*synthetic));

	if (!synthetic) {
		tool_say("out of memory");
		return false;
	}
	synthetic->start_us = tool_now_us();
	*ret_source = (struct source){
		.period_us = 1000000 / options->rate_hz,
		.pad_count = PADS,
		.name = "synthetic",
		.start = synthetic_start,
		.tick = synthetic_tick,
		.close = synthetic_close,
		.state = synthetic,
	};
	return true;
}
