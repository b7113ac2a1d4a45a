/* SPDX-License-Identifier: MIT */
/* The devices of live_pad.c: what they answer, how they come and go. */
#ifndef SEALMEM_SELFTESTS_LIVE_DEVICE_H
#define SEALMEM_SELFTESTS_LIVE_DEVICE_H

#include <linux/input.h>
#include <umockdev.h>

#define NODES_MAX 64

/**
 * struct pad - A device: what it answers, and the end of it that is ours
 * @node: Its path
 * @system: Its path among the devices
 * @effects: Uploaded so far
 * @hardware: What is written there the program reads; -1 if it is gone
 * @held: The other side of it, open here as well
 * @written: What waits for what the program writes there
 * @presses: Of A, by floods
 */
struct pad {
	char node[64];
	char system[64];
	unsigned char key[KEY_CNT / 8];
	struct input_absinfo axes[ABS_CNT];
	struct input_id id;
	unsigned char property;
	int can_rumble;
	int effects;
	char name[200];
	int hardware;
	int held;
	GSource *written;
	int presses;
};

/* The lock is for the thread that answers, in whose context devices are made. */
extern struct world {
	GMutex lock;
	UMockdevTestbed *testbed;
	GMainContext *context;
	struct pad *pads[NODES_MAX];
	struct pad *used;
} world;

/* Once, before all else; the first device is event7. False if it cannot be. */
int begin_world(void);
void end_world(void);

/* A device comes, whole, and is the one that is used. */
void add_device(int number);

/* It goes; its node stays, or does not. */
void unplug(struct pad *pad);
void take_away(struct pad *pad);

void change_state(struct pad *pad, int type, int code, int value);
void change_range(struct pad *pad, unsigned int code, int min, int max);

#endif
