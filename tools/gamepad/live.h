/* SPDX-License-Identifier: MIT */
/*
 * Pads on a terminal, drawn in place by ncurses. There is one terminal, so there
 * is one live view. Without ncurses there is none.
 */
#ifndef SEALMEM_TOOLS_LIVE_H
#define SEALMEM_TOOLS_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include <sealmem/gamepad.h>

#include "tools/gamepad/figures.h"

/**
 * struct live_picture - What there is to see
 * @title: Where it comes from: any bytes
 * @state: What is the matter, if it is not that all is well; or NULL
 * @pads: All of them
 * @count: How many
 * @frames: States seen
 * @looks_hz: Looks a second, at most
 * @now_us: The time
 * @figures: Of the last seconds
 */
struct live_picture {
	const char *title;
	const char *state;
	const struct sealmem_gamepad *pads;
	uint32_t count;
	uint64_t frames;
	uint64_t looks_hz;
	uint64_t now_us;
	const struct figures *figures;
};

#ifdef HAVE_NCURSES
/* False, and nothing was done, if there is no terminal that can be drawn on. */
bool live_open(void);

void live_draw(const struct live_picture *picture);

/* A line that stays for a while. */
void live_notice(const char *text);

/* Takes keys. True if something on the screen has to change because of them. */
bool live_take_keys(bool *ret_quit);

/* The terminal as it was before; nothing if there is no live view. */
void live_close(void);
#else
static inline bool live_open(void)
{
	return false;
}

static inline void live_draw(const struct live_picture *picture)
{
	(void)picture;
}

static inline void live_notice(const char *text)
{
	(void)text;
}

static inline bool live_take_keys(bool *ret_quit)
{
	(void)ret_quit;
	return false;
}

static inline void live_close(void)
{
}
#endif

#endif
