/* SPDX-License-Identifier: MIT */
/* From a source's devices to a provider's pads. */
#ifndef SEALMEM_TOOLS_FEED_H
#define SEALMEM_TOOLS_FEED_H

#include <sealmem/gamepad_provider.h>

#include "tools/gamepad/source.h"

/* Devices that wait for a slot; others are not known after they came. */
#define FEED_WAITING_MAX	64

/**
 * struct feed_pad - Who has a slot
 * @used: Somebody has
 * @device: The source's number
 * @id: For people, escaped
 */
struct feed_pad {
	bool used;
	uint64_t device;
	char id[SEALMEM_GAMEPAD_ID_SIZE];
};

/**
 * struct feed_waiting - A device without a slot
 * @used: It is there
 * @device: The source's number
 * @recognised: As the source said
 */
struct feed_waiting {
	bool used;
	uint64_t device;
	bool recognised;
};

/**
 * struct feed - What a source feeds
 * @provider: Borrowed
 * @pads: By slot
 * @waiting: In no order
 */
struct feed {
	struct sealmem_gamepad_provider *provider;
	struct feed_pad pads[SEALMEM_GAMEPAD_COUNT_MAX];
	struct feed_waiting waiting[FEED_WAITING_MAX];
};

/* What to start a source with; @feed stays where it is. */
struct source_sink feed_sink(struct feed *feed);

/* Disconnects all, before another source is started with the same feed. */
void feed_forget_all(struct feed *feed);

unsigned int feed_pad_count(const struct feed *feed);

#endif
