/* SPDX-License-Identifier: MIT */
/* A source of fake nodes in a folder of its own, and what it told of them. */
#ifndef SELFTESTS_EVDEV_SOURCE_H
#define SELFTESTS_EVDEV_SOURCE_H

#include <ftw.h>
#include <limits.h>
#include <sys/inotify.h>
#include <time.h>

#include "evdev_fake.h"
#include "filter.h"
#include "tools/gamepad/source.h"

#define DEVICES 200

FIXTURE(source)
{
	char folder[128];
	struct loop *loop;
	struct source source;
	/* What the sink was told, by the device's number. */
	unsigned int connects, updates, disconnects;
	uint64_t newest;
	bool here[DEVICES];
	struct sealmem_gamepad pads[DEVICES];
};

FIXTURE_VARIANT(source)
{
	enum loop_kind kind;
};

FIXTURE_VARIANT_ADD(source, epoll) { LOOP_EPOLL };
FIXTURE_VARIANT_ADD(source, ring) { LOOP_URING };

FIXTURE_SETUP(source)
{
	int ret = loop_open(variant->kind, &self->loop);

	if (ret == -EOPNOTSUPP)
		SKIP("no io_uring here, or built without liburing");
	ASSERT_OK(ret);
	strcpy(fake_root, "/tmp/evdev_source.XXXXXX");
	ASSERT_NOT_NULL(mkdtemp(fake_root));
	snprintf(self->folder, sizeof(self->folder), "%s/input", fake_root);
	ASSERT_SYS(mkdir(self->folder, 0755));
}

static inline int remove_one(const char *path, const struct stat *status,
			     int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

FIXTURE_TEARDOWN(source)
{
	if (self->source.close)
		self->source.close(&self->source);
	loop_close(self->loop);
	fake_close_all();
	if (fake_root[0])
		nftw(fake_root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the sink ----------------------------------------------------------- */

static inline void sink_connect(void *data, uint64_t device, bool recognised,
				const struct sealmem_gamepad *pad)
{
	struct th_self_source *self = data;

	(void)recognised;
	ASSERT_LT(self->newest, device);
	ASSERT_LT(device, DEVICES);
	EXPECT_EQ(1, pad->connected);
	self->newest = device;
	self->connects++;
	self->here[device] = true;
	self->pads[device] = *pad;
}

static inline void sink_update(void *data, uint64_t device,
			       const struct sealmem_gamepad *pad)
{
	struct th_self_source *self = data;

	ASSERT_LT(device, DEVICES);
	EXPECT_TRUE(self->here[device]);
	self->updates++;
	self->pads[device] = *pad;
}

static inline void sink_disconnect(void *data, uint64_t device)
{
	struct th_self_source *self = data;

	ASSERT_LT(device, DEVICES);
	EXPECT_TRUE(self->here[device]);
	self->disconnects++;
	self->here[device] = false;
}

/* ---- turns -------------------------------------------------------------- */

static inline bool open_with(struct th_self_source *self, const char *device,
			     uint64_t poll_us, bool quiet)
{
	const struct source_options options = {
		.device = device,
		.folder = self->folder,
		.poll_us = poll_us,
	};

	return source_evdev_open(&options, quiet, &self->source);
}

static inline void start_with(struct th_self_source *self, const char *device,
			      uint64_t poll_us)
{
	const struct source_sink sink = {
		self, sink_connect, sink_update, sink_disconnect,
	};

	ASSERT_TRUE(open_with(self, device, poll_us, false));
	ASSERT_OK(self->source.start(&self->source, self->loop, &sink));
}

static inline void start(struct th_self_source *self)
{
	start_with(self, NULL, 0);
}

/* What was done to the folder and to devices is known by now. */
static inline void settle(struct th_self_source *self)
{
	for (int i = 0; i < 10; i++)
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
}

static inline uint64_t in_a_moment(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 +
	       5000;
}

/* A loop that has nothing to do does nothing: no descriptor is left in it. */
static inline void rests(struct th_self_source *self)
{
	uint64_t until_us = in_a_moment();

	ASSERT_OK(loop_run_once(self->loop, until_us, NULL));
	EXPECT_LE(until_us + 5000, in_a_moment());
}

/* So many came, and so many of them went. */
static inline void told(struct th_self_source *self, unsigned int connects,
			unsigned int disconnects)
{
	settle(self);
	EXPECT_EQ(connects, self->connects);
	EXPECT_EQ(disconnects, self->disconnects);
}

#endif
