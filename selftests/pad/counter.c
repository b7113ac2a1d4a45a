/* SPDX-License-Identifier: MIT */
/*
 * A reader that counts, for scripts/soak-pads:
 *
 *   counter PATH PADS PRESSES
 *
 * Looks at the server's pads 60 times a second until the first button of each
 * of the first PADS was pressed PRESSES times, and half a second on, in case
 * there are more. A look at a pad that was there must never find it gone, nor
 * may a count go back. Says what came of it; exit status 0: all as it should.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sealmem/sealmem.h>

#define LOOK_MS	  17
#define LOOKS_MORE 30
#define PADS_MAX  SEALMEM_GAMEPAD_COUNT_MAX

static void die(const char *what, int ret)
{
	printf("%s: %s\n", what, strerror(-ret));
	exit(1);
}

static void attach(const char *path, struct sealmem_channel *channel,
		   struct sealmem_gamepad_reader *reader)
{
	struct sealmem_readonly_region region = { 0 };
	int ret = sealmem_channel_connect(path, channel);

	if (ret == 0)
		ret = sealmem_channel_receive_readonly(channel, NULL, 20000,
						       &region, NULL);
	if (ret == 0)
		ret = sealmem_gamepad_reader_attach(&region, reader);
	if (ret < 0)
		die("no pads", ret);
	sealmem_readonly_region_close(&region);
}

/* Presses of the pad's first button, or an end. */
static uint32_t look(struct sealmem_gamepad_reader *reader, uint32_t index,
		     uint32_t before)
{
	struct sealmem_gamepad pad;
	int ret = sealmem_gamepad_read(reader, index, &pad);

	switch (ret) {
	case SEALMEM_SNAPSHOT_FRESH:
		break;
	case SEALMEM_SNAPSHOT_UNCHANGED:
	case SEALMEM_SNAPSHOT_BUSY:
		return before;
	default:
		printf("pad %u cannot be read: %d\n", index, ret);
		exit(1);
	}
	if (!pad.connected) {
		printf("pad %u was there and is gone\n", index);
		exit(1);
	}
	if (pad.buttons[0].press_count < before) {
		printf("pad %u: %u presses after %u\n", index,
		       pad.buttons[0].press_count, before);
		exit(1);
	}
	return pad.buttons[0].press_count;
}

int main(int argc, char **argv)
{
	static uint32_t counts[PADS_MAX];
	struct sealmem_channel channel = { 0 };
	struct sealmem_gamepad_reader reader = { 0 };
	uint32_t pads, presses, done, left = LOOKS_MORE;

	if (argc != 4)
		return 2;
	pads = (uint32_t)atoi(argv[2]);
	presses = (uint32_t)atoi(argv[3]);
	attach(argv[1], &channel, &reader);
	printf("attached\n");
	fflush(stdout);
	do {
		poll(NULL, 0, LOOK_MS);
		done = 0;
		for (uint32_t i = 0; i < pads && i < PADS_MAX; i++) {
			counts[i] = look(&reader, i, counts[i]);
			done += counts[i] == presses;
			if (counts[i] <= presses)
				continue;
			printf("pad %u: %u presses, not %u\n", i, counts[i],
			       presses);
			return 1;
		}
		left -= done == pads;
	} while (left);
	printf("%u pads with %u presses each\n", pads, presses);
	sealmem_gamepad_reader_close(&reader);
	sealmem_channel_close(&channel);
	return 0;
}
