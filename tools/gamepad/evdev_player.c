/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad replay`: a device of the kernel's own, made with uinput, that
 * does what another one did.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libevdev/libevdev-uinput.h>
#include <linux/input.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/gamepad/evdev_evemu.h"
#include "tools/signals.h"
#include "tools/tool.h"

static const char synopsis[] = "sealmem gamepad replay FILE [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad replay FILE [OPTION]...\n"
"Makes a device with uinput that does what is written in FILE, a recording of\n"
"sealmem gamepad record or evemu-record. Where there is no uinput, or for who\n"
"may not use it, sealmem gamepad serve --replay FILE publishes the pad itself.\n"
"\n"
"      --speed X   times as fast, 0.01 to 100 (1)\n"
"      --loop N    play it so often, 0 is without end (1)\n"
"      --wait MS   how long the device is there before, and after (1000)\n"
"      --help      this text\n"
"\n"
"Exit status: 0 good, 1 it failed, 2 wrong usage.\n";

struct player_options {
	const char *file;
	double speed;
	uint64_t loops;
	uint64_t wait_ms;
};

/**
 * struct player - A recording that is being played
 * @options: From the command line
 * @evemu: The recording
 * @device: That plays it
 * @while_waiting: Lets signals in
 */
struct player {
	const struct player_options *options;
	struct evemu evemu;
	struct libevdev_uinput *device;
	sigset_t while_waiting;
};

/* False if a signal wants it to end. */
static bool sleep_until(const struct player *player, uint64_t until_us)
{
	uint64_t now_us;

	while ((now_us = tool_now_us()) < until_us && !signals_stopped()) {
		struct timespec wait = {
			.tv_sec = (time_t)((until_us - now_us) / 1000000),
			.tv_nsec = (long)((until_us - now_us) % 1000000) * 1000,
		};

		ppoll(NULL, 0, &wait, &player->while_waiting);
	}
	return !signals_stopped();
}

/* The kernel times events itself, and drops what the device cannot send. */
static bool play_once(const struct player *player)
{
	const struct evemu *evemu = &player->evemu;
	uint64_t start_us = tool_now_us();

	for (size_t i = 0; i < evemu->event_count; i++) {
		const struct input_event *event = &evemu->events[i];
		uint64_t at_us = (uint64_t)((double)evemu_time_us(event) /
					    player->options->speed);
		int ret;

		if (!sleep_until(player, start_us + at_us))
			return true;
		ret = libevdev_uinput_write_event(player->device, event->type,
						  event->code, event->value);
		if (ret < 0) {
			tool_say("cannot play an event: %s", strerror(-ret));
			return false;
		}
	}
	return true;
}

static bool play(struct player *player)
{
	const struct player_options *options = player->options;
	const char *node = libevdev_uinput_get_devnode(player->device);
	uint64_t wait_us = options->wait_ms * 1000;
	bool good = true;

	signals_prepare(&player->while_waiting);
	tool_say("%s plays %zu events", node ?: "a device",
		 player->evemu.event_count);
	sleep_until(player, tool_now_us() + wait_us);
	for (uint64_t i = 0; good && !signals_stopped() &&
			     (!options->loops || i < options->loops); i++)
		good = play_once(player);
	sleep_until(player, tool_now_us() + wait_us);
	return good;
}

/* Made by hand, a recording could have an admin's keyboard type. */
static bool is_harmless(const struct player *player)
{
	if (!evemu_can_type(player->evemu.device))
		return true;
	tool_say("%s has keys to type with, so it is not played: nobody knows "
		 "what it would type, and to whom", player->options->file);
	return false;
}

static bool make_device(struct player *player)
{
	int fd = open("/dev/uinput", O_RDWR | O_CLOEXEC);
	int ret = fd < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (ret == 0)
		ret = libevdev_uinput_create_from_device(
			player->evemu.device, LIBEVDEV_UINPUT_OPEN_MANAGED,
			&player->device);
	if (ret < 0)
		tool_say("cannot make a device with /dev/uinput: %s; `sealmem "
			 "gamepad serve --socket PATH --replay %s` publishes "
			 "the pad without", strerror(-ret),
			 player->options->file);
	return ret == 0;
}

static int play_with(const struct player_options *options)
{
	struct player player = { .options = options };
	bool good;

	if (!evemu_load(options->file, &player.evemu))
		return TOOL_FAILED;
	good = is_harmless(&player) && make_device(&player);
	if (good) {
		good = play(&player);
		libevdev_uinput_destroy(player.device);
	}
	evemu_free(&player.evemu);
	return good ? TOOL_GOOD : TOOL_FAILED;
}

static bool parse_speed(struct player_options *options)
{
	char *end;

	options->speed = strtod(optarg, &end);
	if (end != optarg && !*end && options->speed >= 0.01 &&
	    options->speed <= 100)
		return true;
	tool_say("--speed wants a number from 0.01 to 100, not '%s'", optarg);
	return false;
}

static bool parse_option(void *data, int option)
{
	struct player_options *options = data;

	switch (option) {
	case 1: /* a word that belongs to no option */
		if (options->file) {
			tool_say("one recording at a time");
			return false;
		}
		options->file = optarg;
		return true;
	case 's':
		return parse_speed(options);
	case 'l':
		return tool_number("--loop", optarg, 0, 1000000000,
				   &options->loops);
	case 'w':
		return tool_number("--wait", optarg, 0, 1000000,
				   &options->wait_ms);
	default:
		return false;
	}
}

int replay_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "speed", required_argument, NULL, 's' },
		{ "loop", required_argument, NULL, 'l' },
		{ "wait", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "-h", long_options, parse_option,
	};
	struct player_options options = { .speed = 1, .loops = 1,
					  .wait_ms = 1000 };
	int ret = tool_parse(&syntax, argc, argv, &options);

	if (ret != TOOL_GO_ON)
		return ret;
	if (!options.file)
		return tool_usage(synopsis, "which recording?");
	return play_with(&options);
}
