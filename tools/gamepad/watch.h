/* SPDX-License-Identifier: MIT */
/* What the files of `sealmem gamepad watch` share. */
#ifndef SEALMEM_TOOLS_WATCH_H
#define SEALMEM_TOOLS_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <sealmem/sealmem.h>

#include "tools/gamepad/figures.h"

struct watch_options {
	const char *socket;
	uint64_t frames;
	uint64_t seconds;
	uint64_t rate_hz;
	bool follow;
	bool json;
	bool lines;
};

/**
 * enum verdict - What a look at the pads came to
 * @WATCH_ON: Nothing that ends the watching
 * @WATCH_DONE: As many frames or seconds as were asked for, or the user's wish
 * @WATCH_GOODBYE: The producer is gone, or closed the buffer
 * @WATCH_BROKEN: Said already; the program has failed
 */
enum verdict { WATCH_ON, WATCH_DONE, WATCH_GOODBYE, WATCH_BROKEN };

/**
 * struct watch - What is known of the pads
 * @options: From the command line
 * @channel: To the server, which says nothing more but can hang up
 * @subscriber: To whoever serves, instead of @channel with --follow
 * @reader: Of the pads
 * @pads: What was read last
 * @frames: How many pad states were
 * @figures: Of the states seen lately
 * @end_us: When to stop; 0 is never
 * @drawn_us: When the live view was drawn last
 * @while_waiting: With the live view, lets signals in that end it
 * @keys_fd: Where keys come from; -1 without a live view, or without keys
 * @last_words: What was said last while there was a live view
 * @live: There is one
 * @stale: Look whether or not anything changed: nobody did yet, a pad was
 *	busy, or a producer was killed before it told of its last frame
 */
struct watch {
	const struct watch_options *options;
	struct sealmem_channel channel;
	struct sealmem_subscriber subscriber;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT_MAX];
	uint64_t frames;
	struct figures figures;
	uint64_t end_us;
	uint64_t drawn_us;
	sigset_t while_waiting;
	int keys_fd;
	char last_words[256];
	bool live;
	bool stale;
};

/* On stderr, or for the time of a live view, there. */
__attribute__((format(printf, 2, 3))) void
watch_say(struct watch *watch, const char *format, ...);

/* Looks until the producer is gone, or there is another reason to end. */
enum verdict watch_pads(struct watch *watch);

/*
 * Brings the live view up to date if there is one: WATCH_DONE if the user, or a
 * signal, wants to end it.
 */
enum verdict watch_draw(struct watch *watch, const char *state);

/* Milliseconds until the end, or less if there is a live view; -1 is never. */
int watch_time_left_ms(const struct watch *watch);

/* One line: everything that changes, and the name. */
void watch_line(uint32_t index, const struct sealmem_gamepad *pad);

#endif
