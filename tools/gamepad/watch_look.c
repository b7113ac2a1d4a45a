/* SPDX-License-Identifier: MIT */
/* Looking at pads: so often a second at most, and asleep while none changes. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/gamepad/live.h"
#include "tools/gamepad/watch.h"
#include "tools/json_output.h"
#include "tools/signals.h"
#include "tools/text.h"
#include "tools/tool.h"

/* Keys and signals are taken that often, and figures drawn anew. */
#define LIVE_MS		100
#define REDRAW_US	400000

void watch_say(struct watch *watch, const char *format, ...)
{
	char *text = watch->last_words;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(watch->last_words), format, args);
	va_end(args);
	if (watch->live)
		live_notice(text);
	else
		tool_say("%s", text);
}

static enum verdict broken(struct watch *watch, const char *problem)
{
	watch_say(watch, "%s", problem);
	return WATCH_BROKEN;
}

/* ---- looking ------------------------------------------------------------ */

static void notice_connection(uint32_t index,
			      const struct sealmem_gamepad *before,
			      const struct sealmem_gamepad *pad)
{
	char id[4 * SEALMEM_GAMEPAD_ID_SIZE], text[sizeof(id) + 32];

	if (before->connected == pad->connected &&
	    before->connection == pad->connection)
		return;
	text_escape(pad->connected ? pad->id : before->id, id, sizeof(id));
	snprintf(text, sizeof(text), "pad %u %s: %s", index,
		 pad->connected ? "connected" : "disconnected", id);
	live_notice(text);
}

static enum verdict show_frame(struct watch *watch, uint32_t index,
			       const struct sealmem_gamepad *pad)
{
	watch->frames++;
	if (watch->live) {
		notice_connection(index, &watch->pads[index], pad);
		if (pad->connected)
			figures_add(&watch->figures, tool_now_us(), pad);
	} else if (!watch->options->json) {
		watch_line(index, pad);
	} else if (!json_gamepad_print(index, pad)) {
		return broken(watch, "out of memory");
	}
	watch->pads[index] = *pad;
	return watch->frames == watch->options->frames ? WATCH_DONE : WATCH_ON;
}

static enum verdict look_at(struct watch *watch, uint32_t index)
{
	struct sealmem_gamepad pad;

	switch (sealmem_gamepad_read(&watch->reader, index, &pad)) {
	case SEALMEM_SNAPSHOT_FRESH:
		return show_frame(watch, index, &pad);
	case SEALMEM_SNAPSHOT_UNCHANGED:
		return WATCH_ON;
	case SEALMEM_SNAPSHOT_BUSY:
		watch->stale = true;
		return WATCH_ON;
	case SEALMEM_SNAPSHOT_WRITER_GONE:
		return WATCH_GOODBYE;
	case SEALMEM_SNAPSHOT_CORRUPT:
		return broken(watch, "the buffer is corrupt: its producer is "
			      "broken or hostile");
	default:
		return broken(watch, "cannot read the buffer");
	}
}

/* A goodbye does not keep the other pads from being looked at. */
static enum verdict look(struct watch *watch)
{
	uint32_t count = sealmem_gamepad_reader_count(&watch->reader);
	enum verdict verdict = WATCH_ON;

	if (!sealmem_gamepad_has_changed(&watch->reader) && !watch->stale)
		return WATCH_ON;
	watch->stale = false;
	for (uint32_t i = 0; i < count; i++) {
		enum verdict one = look_at(watch, i);

		if (one == WATCH_DONE || one == WATCH_BROKEN)
			return one;
		if (one == WATCH_GOODBYE)
			verdict = one;
	}
	return verdict;
}

enum verdict watch_draw(struct watch *watch, const char *state)
{
	struct live_picture picture = {
		.title = watch->options->socket,
		.state = state,
		.pads = watch->pads,
		.count = sealmem_gamepad_reader_count(&watch->reader),
		.frames = watch->frames,
		.looks_hz = watch->options->rate_hz,
		.now_us = tool_now_us(),
		.figures = &watch->figures,
	};
	bool quit = false;

	if (!watch->live)
		return WATCH_ON;
	live_take_keys(&quit);
	figures_advance(&watch->figures, picture.now_us);
	live_draw(&picture);
	watch->drawn_us = picture.now_us;
	return quit || signals_stopped() ? WATCH_DONE : WATCH_ON;
}

/* Only if something is different from what is on the terminal. */
static enum verdict draw_again(struct watch *watch, bool changed)
{
	bool quit = false;

	if (!watch->live)
		return WATCH_ON;
	if (live_take_keys(&quit) || changed ||
	    tool_now_us() - watch->drawn_us >= REDRAW_US)
		return quit ? WATCH_DONE : watch_draw(watch, NULL);
	return quit || signals_stopped() ? WATCH_DONE : WATCH_ON;
}

/* One look, and everything that it printed on its way. */
static enum verdict look_and_show(struct watch *watch)
{
	uint64_t frames = watch->frames;
	bool first = watch->stale && !frames;
	enum verdict verdict = look(watch), drawn;

	drawn = draw_again(watch, first || frames != watch->frames);
	if (!watch->live && tool_flush() != TOOL_GOOD)
		return WATCH_BROKEN;
	return verdict == WATCH_ON ? drawn : verdict;
}

/* ---- waiting ------------------------------------------------------------ */

static int connection_fd(const struct watch *watch)
{
	return watch->options->follow ?
		       sealmem_subscriber_fd(&watch->subscriber) :
		       sealmem_channel_fd(&watch->channel);
}

/* True if the server hung up, or sent another buffer, before @until_us. */
static bool wait_until(const struct watch *watch, uint64_t until_us)
{
	struct pollfd polled[] = {
		{ .fd = connection_fd(watch),
		  .events = watch->options->follow ? POLLIN : POLLRDHUP },
		{ .fd = watch->keys_fd, .events = POLLIN },
	};

	for (;;) {
		uint64_t now_us = tool_now_us();
		uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
		struct timespec wait = {
			.tv_sec = (time_t)(left_us / 1000000),
			.tv_nsec = (long)(left_us % 1000000) * 1000,
		};
		int ret = ppoll(polled, 2, &wait,
				watch->live ? &watch->while_waiting : NULL);

		if (ret >= 0)
			return polled[0].revents != 0;
		if (errno != EINTR || (watch->live && signals_stopped()))
			return false;
	}
}

int watch_time_left_ms(const struct watch *watch)
{
	uint64_t most_us = watch->live ? 1000 * LIVE_MS : 1000000;
	uint64_t now_us = tool_now_us(), left_us;

	if (!watch->end_us)
		return watch->live ? LIVE_MS : -1;
	left_us = watch->end_us > now_us ? watch->end_us - now_us : 0;
	if (left_us > most_us)
		left_us = most_us;
	/* Rounded up, so that nothing is left at the end. */
	return (int)((left_us + 999) / 1000);
}

/* Sleeps until there is something to look at; true if the server is gone. */
static bool wait_for_news(struct watch *watch)
{
	int ret = sealmem_gamepad_wait(&watch->reader,
				       watch_time_left_ms(watch));

	/* A wait and a look share one memory of what was seen. */
	watch->stale |= ret != SEALMEM_SNAPSHOT_UNCHANGED;
	return ret == SEALMEM_SNAPSHOT_WRITER_GONE;
}

static enum verdict gone(struct watch *watch, const char *how)
{
	watch_say(watch, "the producer is gone: %s", how);
	return WATCH_GOODBYE;
}

enum verdict watch_pads(struct watch *watch)
{
	uint64_t period_us = 1000000 / watch->options->rate_hz;
	uint64_t next_us = tool_now_us();
	bool hung_up = false;

	for (;;) {
		/* After a hang-up once more: its last words may be there. */
		enum verdict verdict = look_and_show(watch);
		uint64_t now_us = tool_now_us();

		if (verdict == WATCH_GOODBYE)
			return gone(watch, "it closed the buffer");
		if (verdict != WATCH_ON)
			return verdict;
		if (hung_up && !watch->options->follow)
			return gone(watch, "its connection ended without a "
					   "goodbye");
		if (hung_up)
			return gone(watch, "it was killed, or another one is "
					   "there");
		if (watch->end_us && now_us >= watch->end_us)
			return WATCH_DONE;
		next_us += period_us;
		if (next_us <= now_us)
			next_us = now_us + period_us;
		if (watch->end_us && next_us > watch->end_us)
			next_us = watch->end_us;
		hung_up = wait_until(watch, next_us);
		watch->stale |= hung_up;
		if (!watch->stale)
			hung_up = wait_for_news(watch);
	}
}
