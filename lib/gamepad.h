/* SPDX-License-Identifier: MIT */
/* What a gamepad provider needs of the gamepad buffer beside its API. */
#ifndef LIB_GAMEPAD_H
#define LIB_GAMEPAD_H

#include <sealmem/gamepad.h>

/* May it be written? */
bool gamepad_is_valid(const struct sealmem_gamepad *pad);

/* Publishes the last value of a pad until no slot has an earlier one. */
void gamepad_writer_settle(struct sealmem_gamepad_writer *writer,
			   uint32_t index);

#endif
