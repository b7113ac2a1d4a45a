/* SPDX-License-Identifier: MIT */
/*
 * A device and who reads it, in one process: umockdev's world, in which the
 * device answers every ioctl and writes down what it was told. Runs under
 * umockdev-wrapper.
 */
#ifndef SEALMEM_SELFTESTS_DEVICE_WORLD_H
#define SEALMEM_SELFTESTS_DEVICE_WORLD_H

#include <linux/input.h>
#include <stdbool.h>
#include <stdint.h>

#define WORLD_NODE "/dev/input/event7"
/* Part of the same device, and another one. */
#define WORLD_SIBLING "/dev/input/event8"
#define WORLD_STRANGER "/dev/input/event9"

#define WORLD_BITS(count) (((count) + 63) / 64)

/**
 * struct world_device - What the device answers, and what it was told
 * @key: Keys that are down
 * @axes: Where its axes are; those whose two ends are 0 it does not have
 * @fingers: Of a surface of two slots, if it has one: what is in them, by code
 *	from ABS_MT_SLOT on
 * @has_surface: It has one
 * @rumbles: It has motors
 * @property: It has this property, if that is not 0
 * @phys: Its socket, or NULL
 * @uniq: Its number, or NULL
 * @errors: What to answer to a request: an errno, by number
 * @asked: How often it was asked, by number
 * @clock: Clock that it was told to use, or -1
 * @masks: What it was told to deliver, by type
 * @mask_sizes: How much of that it was told, in bytes
 * @uploads: Effects that it was given
 * @uploaded: The last of them, with the number that it came with
 * @removed: Effect that it was told to forget, or -1
 */
struct world_device {
	uint64_t key[WORLD_BITS(KEY_CNT)];
	struct input_absinfo axes[ABS_CNT];
	int fingers[ABS_CNT - ABS_MT_SLOT][2];
	bool has_surface;
	bool rumbles;
	unsigned int property;
	const char *phys;
	const char *uniq;
	int errors[256];
	int asked[256];
	int clock;
	uint64_t masks[EV_CNT][WORLD_BITS(KEY_CNT)];
	uint32_t mask_sizes[EV_CNT];
	int uploads;
	struct ff_effect uploaded;
	int removed;
};

/* Not to be changed while it may be asked. */
extern struct world_device world;

/* The device gets a surface, without a finger on it. */
void world_add_surface(void);

/* The device is there, as an Xbox-like pad. False if there can be no world. */
bool world_begin(void);

/* The device's end of its node. */
int world_hardware(void);

/* Where its nodes really are. */
const char *world_root(void);

/* The device's state changes; it writes an event; or both, as a real one does. */
void world_state(unsigned int type, unsigned int code, int value);
void world_write(unsigned int type, unsigned int code, int value,
		 uint64_t time_us);
void world_event(unsigned int type, unsigned int code, int value);
void world_both(unsigned int type, unsigned int code, int value);

/*
 * Waits until all that was written since the last time can be read from @fd: a
 * terminal passes on later what a real device has delivered at once.
 */
void world_deliver(int fd);

/* What was written to it within that time; false if that is nothing. */
bool world_read(int timeout_ms, struct input_event *ret_event);

static inline bool world_has(const uint64_t *bits, unsigned int bit)
{
	return bits[bit / 64] >> bit % 64 & 1;
}

#endif
