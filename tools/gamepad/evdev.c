/* SPDX-License-Identifier: MIT */
/* A source of one evdev device: the one that was named, or the first. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gamepad/evdev_device.h"
#include "tools/gamepad/evdev_find.h"
#include "tools/gamepad/source.h"
#include "tools/text.h"
#include "tools/tool.h"

/**
 * struct evdev - The source
 * @device: Its device; NULL after it was unplugged
 * @loop: Where it is waited for
 * @watch: As what
 * @source: Whose it is
 * @sink: Who is told
 * @pad: What it is told
 */
struct evdev {
	struct evdev_device *device;
	struct loop *loop;
	struct loop_watch watch;
	struct source *source;
	struct source_sink sink;
	struct sealmem_gamepad pad;
};

static void unplug(struct evdev *evdev)
{
	loop_remove(evdev->loop, &evdev->watch);
	evdev_device_close(evdev->device);
	evdev->device = NULL;
	evdev->sink.disconnect(evdev->sink.data, 0);
	tool_say("%s is gone: its pad is disconnected", evdev->source->name);
}

static void evdev_ready(struct loop_watch *watch, uint32_t revents)
{
	struct evdev *evdev = (struct evdev *)((char *)watch -
					       offsetof(struct evdev, watch));
	unsigned int step = evdev_device_step(evdev->device, revents,
					      &evdev->pad);

	watch->again = step & EVDEV_MORE;
	if (step & EVDEV_GONE)
		unplug(evdev);
	else if (step & EVDEV_CHANGED)
		evdev->sink.update(evdev->sink.data, 0, &evdev->pad);
}

static int evdev_start(struct source *source, struct loop *loop,
		       const struct source_sink *sink)
{
	struct evdev *evdev = source->state;
	unsigned int step = evdev_device_step(evdev->device, 0, &evdev->pad);

	if (step & EVDEV_GONE)
		return -ENODEV;
	evdev->source = source;
	evdev->loop = loop;
	evdev->sink = *sink;
	sink->connect(sink->data, 0, evdev_device_is_recognised(evdev->device),
		      &evdev->pad);
	evdev->watch = (struct loop_watch){
		.fd = evdev_device_fd(evdev->device),
		.events = POLLIN,
		.again = step & EVDEV_MORE,
		.ready = evdev_ready,
	};
	return loop_add(loop, &evdev->watch);
}

static void evdev_source_close(struct source *source)
{
	struct evdev *evdev = source->state;

	if (evdev->loop && evdev->device)
		loop_remove(evdev->loop, &evdev->watch);
	evdev_device_close(evdev->device);
	free(evdev);
}

static void say_not_opened(const char *path, int ret)
{
	if (ret == -EMEDIUMTYPE)
		tool_say("%s is not a gamepad", path);
	else
		tool_say("cannot use %s: %s%s", path,
			 ret == -ENOTTY ? "not an input device" :
					  strerror(-ret),
			 ret == -EACCES ? " (join the group input?)" : "");
}

static bool find_first(bool quiet, struct source *ret_source, char *ret_path,
		       size_t size)
{
	struct libevdev *device = evdev_find(ret_path, size);

	evdev_close(device);
	if (device)
		return true;
	snprintf(ret_source->name, sizeof(ret_source->name), "%s", ret_path);
	if (!quiet)
		tool_say("%s: plug one in, name it with --device, or use "
			 "--source synthetic", ret_path);
	return false;
}

bool source_evdev_open(const struct source_options *options, bool quiet,
		       struct source *ret_source)
{
	char path[160], name[256];
	struct evdev *evdev;
	int ret;

	snprintf(path, sizeof(path), "%s", options->device ?: "");
	if (!options->device &&
	    !find_first(quiet, ret_source, path, sizeof(path)))
		return false;
	evdev = calloc(1, sizeof(*evdev));
	ret = evdev ? evdev_device_open(path, NULL, &evdev->device) : -ENOMEM;
	if (ret < 0) {
		say_not_opened(path, ret);
		free(evdev);
		return false;
	}
	*ret_source = (struct source){ .pad_count = 1,
				       .start = evdev_start,
				       .close = evdev_source_close,
				       .state = evdev };
	text_clean(libevdev_get_name(evdev_device_info(evdev->device)), name,
		   sizeof(name));
	snprintf(ret_source->name, sizeof(ret_source->name), "%s (%s)", path,
		 name);
	return true;
}
