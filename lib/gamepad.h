/* SPDX-License-Identifier: MIT */
/* What a gamepad provider needs of the gamepad buffer beside its API. */
#ifndef LIB_GAMEPAD_H
#define LIB_GAMEPAD_H

#include <sealmem/gamepad.h>

/* May it be written? */
bool gamepad_is_valid(const struct sealmem_gamepad *pad);

/* Is it written as the connection that it was? */
bool gamepad_is_same(const struct sealmem_gamepad *before,
		     const struct sealmem_gamepad *now);

#endif
