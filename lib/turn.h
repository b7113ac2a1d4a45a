/* SPDX-License-Identifier: MIT */
/* Threads of a process take turns, and none waits for its turn for ever. */
#ifndef LIB_TURN_H
#define LIB_TURN_H

#include <stdint.h>

/* A word of memory; 0 at first. 0, or -ETIMEDOUT at a sealing_now_ns(). */
int turn_take(uint32_t *turn, uint64_t deadline_ns);
void turn_give(uint32_t *turn);

#endif
