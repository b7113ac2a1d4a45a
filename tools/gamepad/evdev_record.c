/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad record`: writes down what a device says, event by event and
 * as the kernel hands them out, lost ones included.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/gamepad/evdev_evemu.h"
#include "tools/gamepad/evdev_node.h"
#include "tools/signals.h"
#include "tools/tool.h"

static const char synopsis[] = "sealmem gamepad record DEVICE [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad record DEVICE [OPTION]...\n"
"Writes the events of DEVICE, such as /dev/input/event3, as text, in the format\n"
"of evemu-record; its state at the start comes first, as events. Ctrl-C ends it,\n"
"and so does pulling the plug. What is typed on a keyboard is not recorded.\n"
"\n"
"      --device PATH   DEVICE, as an option\n"
"      --output FILE   where to (standard output)\n"
"      --seconds N     end after that time\n"
"      --help          this text\n"
"\n"
"Exit status: 0 good, 1 it failed, 2 wrong usage.\n";

#define READ_EVENTS	64
#define READS_MAX	64
#define PROGRESS_US	1000000

struct record_options {
	const char *device;
	const char *output;
	uint64_t seconds;
};

/**
 * struct recording - One that is being made
 * @options: From the command line
 * @fd: The device
 * @device: What libevdev knows of it
 * @file: Where to
 * @clock: Of the events
 * @start_us: On that clock
 * @last_us: What was written last, since then
 * @events: How many were
 * @began_us: When, by tool_now_us()
 * @progress_us: When to show how many there are next; 0 is never
 */
struct recording {
	const struct record_options *options;
	int fd;
	struct libevdev *device;
	FILE *file;
	clockid_t clock;
	uint64_t start_us;
	uint64_t last_us;
	uint64_t events;
	uint64_t began_us;
	uint64_t progress_us;
};

static uint64_t clock_now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The first event comes after a microsecond, as evemu-record has it. */
static void write_event(struct recording *recording, struct input_event event,
			uint64_t time_us)
{
	uint64_t since_us = time_us > recording->start_us ?
				    time_us - recording->start_us + 1 : 1;

	/* A device without a clock of its own may go back. */
	if (since_us > recording->last_us)
		recording->last_us = since_us;
	event.input_event_sec = (__typeof__(event.input_event_sec))(
		recording->last_us / 1000000);
	event.input_event_usec = (__typeof__(event.input_event_usec))(
		recording->last_us % 1000000);
	evemu_write_event(recording->file, &event);
	recording->events++;
}

static void write_state_of(struct recording *recording, unsigned int type,
			   unsigned int codes)
{
	struct input_event event = { .type = (__u16)type };

	for (event.code = 0; event.code < codes; event.code++)
		if (libevdev_fetch_event_value(recording->device, type,
					       event.code, &event.value) &&
		    (type == EV_ABS || event.value))
			write_event(recording, event, 0);
}

/* The format has no place for it, but a first frame says the same. */
static void write_state(struct recording *recording)
{
	struct input_event report = { .type = EV_SYN, .code = SYN_REPORT };

	write_state_of(recording, EV_KEY, KEY_CNT);
	/* Of every finger there would be one. */
	write_state_of(recording, EV_ABS, ABS_MT_SLOT);
	write_event(recording, report, 0);
}

/* 0, or -ENODEV and the like. Who never stops must not keep signals away. */
static int take_events(struct recording *recording)
{
	struct input_event events[READ_EVENTS];
	ssize_t size;

	for (int i = 0; i < READS_MAX; i++) {
		size = read(recording->fd, events, sizeof(events));
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (size < (ssize_t)sizeof(events[0]))
			return -ENODEV;
		for (size_t n = 0; n < (size_t)size / sizeof(events[0]); n++)
			write_event(recording, events[n],
				    evemu_time_us(&events[n]));
	}
	return 0;
}

static void show_progress(struct recording *recording, uint64_t now_us)
{
	if (!recording->progress_us || now_us < recording->progress_us)
		return;
	fprintf(stderr, "\r%" PRIu64 " events, %" PRIu64 " s ",
		recording->events, (now_us - recording->began_us) / 1000000);
	recording->progress_us = now_us + PROGRESS_US;
}

/* The next moment at which there is something to do without an event. */
static uint64_t next_us(const struct recording *recording, uint64_t end_us)
{
	uint64_t progress_us = recording->progress_us ?: UINT64_MAX;

	return progress_us < end_us ? progress_us : end_us;
}

/* False if something failed that is neither a signal nor the plug. */
static bool wait_for_events(const struct recording *recording,
			    uint64_t until_us, const sigset_t *while_waiting)
{
	uint64_t now_us = tool_now_us();
	uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
	struct timespec wait = {
		.tv_sec = (time_t)(left_us / 1000000),
		.tv_nsec = (long)(left_us % 1000000) * 1000,
	};
	struct pollfd polled = { .fd = recording->fd, .events = POLLIN };

	if (ppoll(&polled, 1, until_us == UINT64_MAX ? NULL : &wait,
		  while_waiting) >= 0 || errno == EINTR)
		return true;
	tool_say("cannot wait for events: %s", strerror(errno));
	return false;
}

static bool record(struct recording *recording)
{
	uint64_t seconds = recording->options->seconds;
	uint64_t end_us = seconds ? recording->began_us + seconds * 1000000 :
				    UINT64_MAX;
	sigset_t while_waiting;
	int ret;

	signals_prepare(&while_waiting);
	evemu_write_device(recording->file, recording->device);
	write_state(recording);
	for (;;) {
		uint64_t now_us = tool_now_us();

		ret = take_events(recording);
		/* All of it is there if we are killed. */
		if (fflush(recording->file) || ferror(recording->file))
			return false;
		if (ret < 0)
			tool_say("%s is gone: %s", recording->options->device,
				 strerror(-ret));
		if (ret < 0 || now_us >= end_us || signals_stopped())
			return true;
		show_progress(recording, now_us);
		if (!wait_for_events(recording, next_us(recording, end_us),
				     &while_waiting))
			return false;
	}
}

/* ---- the device --------------------------------------------------------- */

static bool may_record(const struct record_options *options,
		       const struct libevdev *device)
{
	if (evdev_class_is_pad(evdev_classify(device)) ||
	    !evemu_can_type(device))
		return true;
	tool_say("%s has keys to type with and is no gamepad: what is typed "
		 "is not recorded", options->device);
	return false;
}

static bool record_device(struct recording *recording)
{
	bool monotonic = libevdev_set_clock_id(recording->device,
					       CLOCK_MONOTONIC) == 0;

	recording->clock = monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	recording->start_us = clock_now_us(recording->clock);
	recording->began_us = tool_now_us();
	if (isatty(STDERR_FILENO) && !isatty(fileno(recording->file)))
		recording->progress_us = recording->began_us + PROGRESS_US;
	if (!record(recording)) {
		tool_say("cannot write the recording: %s", strerror(errno));
		return false;
	}
	if (recording->progress_us)
		fputc('\n', stderr);
	tool_say("recorded %" PRIu64 " events", recording->events);
	return true;
}

static int record_to_file(struct recording *recording)
{
	const char *output = recording->options->output;
	bool good;

	recording->file = output ? fopen(output, "we") : stdout;
	if (!recording->file) {
		tool_say("cannot write %s: %s", output, strerror(errno));
		return TOOL_FAILED;
	}
	good = record_device(recording);
	if (output && fclose(recording->file) && good) {
		tool_say("cannot write %s: %s", output, strerror(errno));
		good = false;
	}
	return good ? TOOL_GOOD : TOOL_FAILED;
}

static int record_with(const struct record_options *options)
{
	struct recording recording = { .options = options };
	int ret;

	recording.fd = open(options->device,
			    O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	ret = recording.fd < 0 ? -errno :
	      libevdev_new_from_fd(recording.fd, &recording.device);
	if (ret < 0)
		tool_say("cannot use %s: %s%s", options->device,
			 ret == -ENOTTY ? "not an input device" :
					  strerror(-ret),
			 ret == -EACCES ? " (join the group input?)" : "");
	if (ret < 0 || !may_record(options, recording.device))
		ret = TOOL_FAILED;
	else
		ret = record_to_file(&recording);
	libevdev_free(recording.device);
	if (recording.fd >= 0)
		close(recording.fd);
	return ret;
}

static bool parse_option(void *data, int option)
{
	struct record_options *options = data;

	switch (option) {
	case 1: /* a word that belongs to no option */
	case 'd':
		if (options->device) {
			tool_say("one device at a time");
			return false;
		}
		options->device = optarg;
		return true;
	case 'o':
		options->output = optarg;
		return true;
	case 'n':
		return tool_number("--seconds", optarg, 1, 1000000000,
				   &options->seconds);
	default:
		return false;
	}
}

int record_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "output", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "-h", long_options, parse_option,
	};
	struct record_options options = { 0 };
	int ret = tool_parse(&syntax, argc, argv, &options);

	if (ret != TOOL_GO_ON)
		return ret;
	if (!options.device)
		return tool_usage(synopsis, "which device? sealmem gamepad "
					    "list shows what there is");
	return record_with(&options);
}
