/* SPDX-License-Identifier: MIT */
/* How pads are shown on a terminal and in a pipe. */
#ifndef SEALMEM_TOOLS_WATCH_VIEW_H
#define SEALMEM_TOOLS_WATCH_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <sealmem/gamepad.h>

/* One line: everything that changes, and the name. */
void view_line(uint32_t index, const struct sealmem_gamepad *pad);

/* Can standard output be drawn on? */
bool view_can_draw(void);

/* All pads, over what was drawn before; @frames is for the title. */
void view_draw(const char *title, uint64_t frames,
	       const struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT]);

#endif
