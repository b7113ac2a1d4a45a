/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad rumble`: asks the server to make a pad shake. The request is
 * a message; what the server shares stays read-only.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tool.h"

static const char synopsis[] =
	"sealmem gamepad rumble --socket PATH [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad rumble --socket PATH [OPTION]...\n"
"Asks the server at PATH to make a pad shake, and stays until that is over.\n"
"\n"
"      --socket PATH   where the server listens\n"
"      --pad N         which one, from 0 (0)\n"
"      --strong X      the strong motor, 0 to 1 (1 if no motor is named)\n"
"      --weak X        the weak one\n"
"      --left X        the one in the left trigger\n"
"      --right X       the one in the right trigger\n"
"      --ms N          how long, 1 to 5000 milliseconds (500)\n"
"      --delay N       how long until then, 0 to 5000 milliseconds (0)\n"
"      --stop          stop what was asked for before, instead\n"
"      --help          this text\n"
"\n"
"Exit status: 0 it was asked for; 1 there is no such pad, or it has no motors,\n"
"or on failure; 2 wrong usage.\n";

struct rumble_options {
	const char *socket;
	struct sealmem_gamepad_effect effect;
	bool motor;
	bool stop;
};

/* A pad that is being written is one that is there. */
static bool read_pad(const struct sealmem_readonly_region *region,
		     uint32_t index, struct sealmem_gamepad *ret_pad)
{
	struct sealmem_gamepad_reader reader = { 0 };
	int ret = sealmem_gamepad_reader_attach(region, &reader);
	int tries = 0;

	if (ret < 0) {
		tool_say("cannot read what is served: %s", ret == -EPROTO ?
			 "no gamepads that this version knows" :
			 strerror(-ret));
		return false;
	}
	do {
		ret = sealmem_gamepad_read(&reader, index, ret_pad);
	} while (ret == SEALMEM_SNAPSHOT_BUSY && tries++ < 100);
	sealmem_gamepad_reader_close(&reader);
	if (ret == SEALMEM_SNAPSHOT_FRESH && ret_pad->connected)
		return true;
	tool_say("there is no pad %u, or none that is shown before a button "
		 "was pressed", index);
	return false;
}

static bool can_play(const struct sealmem_gamepad_effect *effect,
		     const struct sealmem_gamepad *pad)
{
	if (pad->actuator == SEALMEM_GAMEPAD_ACTUATOR_NONE)
		tool_say("pad %u has no motors", effect->index);
	else if (effect->type == SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE &&
		 pad->actuator != SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE)
		tool_say("pad %u has no motors in its triggers",
			 effect->index);
	else
		return true;
	return false;
}

/* Who hangs up may have its effects stopped. */
static bool wait_for_end(const struct sealmem_channel *channel,
			 const struct sealmem_gamepad_effect *effect)
{
	struct pollfd polled = { .fd = sealmem_channel_fd(channel),
				 .events = POLLRDHUP };
	int ret = poll(&polled, 1,
		       (int)(effect->start_delay_ms + effect->duration_ms));

	if (ret <= 0)
		return true;
	tool_say("the server hung up");
	return false;
}

static bool play(struct sealmem_channel *channel,
		 const struct sealmem_readonly_region *region,
		 const struct sealmem_gamepad_effect *effect)
{
	struct sealmem_gamepad pad;
	int ret;

	if (!read_pad(region, effect->index, &pad) || !can_play(effect, &pad))
		return false;
	ret = sealmem_gamepad_effect_send(channel, effect);
	if (ret < 0) {
		tool_say("cannot ask for it: %s", strerror(-ret));
		return false;
	}
	return wait_for_end(channel, effect);
}

static int rumble_with(struct rumble_options *options)
{
	struct sealmem_gamepad_effect *effect = &options->effect;
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_channel channel = { 0 };
	bool good;

	if (!options->motor)
		effect->strong = 1;
	if (effect->left_trigger > 0 || effect->right_trigger > 0)
		effect->type = SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE;
	if (options->stop)
		*effect = (struct sealmem_gamepad_effect){
			.struct_size = sizeof(*effect),
			.index = effect->index,
			.type = SEALMEM_GAMEPAD_EFFECT_RESET,
		};
	good = tool_receive(options->socket, &channel, &region) &&
	       play(&channel, &region, effect);
	sealmem_readonly_region_close(&region);
	sealmem_channel_close(&channel);
	return good ? TOOL_GOOD : TOOL_FAILED;
}

static bool parse_strength(struct rumble_options *options, const char *option,
			   float *ret_strength)
{
	char *end;
	double strength = strtod(optarg, &end);

	/* Of what is no number neither is true. */
	if (end == optarg || *end || !(strength >= 0 && strength <= 1)) {
		tool_say("%s wants a number from 0 to 1, not '%s'", option,
			 optarg);
		return false;
	}
	*ret_strength = (float)strength;
	return options->motor = true;
}

static bool parse_count(const char *option, uint64_t min, uint64_t max,
			uint32_t *ret_count)
{
	uint64_t number;

	if (!tool_number(option, optarg, min, max, &number))
		return false;
	*ret_count = (uint32_t)number;
	return true;
}

static bool parse_option(void *data, int option)
{
	struct rumble_options *options = data;
	struct sealmem_gamepad_effect *effect = &options->effect;

	switch (option) {
	case 'S':
		options->socket = optarg;
		return true;
	case 'p':
		return parse_count("--pad", 0, SEALMEM_GAMEPAD_COUNT_MAX - 1,
				   &effect->index);
	case 's':
		return parse_strength(options, "--strong", &effect->strong);
	case 'w':
		return parse_strength(options, "--weak", &effect->weak);
	case 'l':
		return parse_strength(options, "--left",
				      &effect->left_trigger);
	case 'r':
		return parse_strength(options, "--right",
				      &effect->right_trigger);
	case 'm':
		return parse_count("--ms", 1, SEALMEM_GAMEPAD_EFFECT_MS_MAX,
				   &effect->duration_ms);
	case 'd':
		return parse_count("--delay", 0, SEALMEM_GAMEPAD_EFFECT_MS_MAX,
				   &effect->start_delay_ms);
	case 'x':
		return options->stop = true;
	default:
		return false;
	}
}

int rumble_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 'S' },
		{ "pad", required_argument, NULL, 'p' },
		{ "strong", required_argument, NULL, 's' },
		{ "weak", required_argument, NULL, 'w' },
		{ "left", required_argument, NULL, 'l' },
		{ "right", required_argument, NULL, 'r' },
		{ "ms", required_argument, NULL, 'm' },
		{ "delay", required_argument, NULL, 'd' },
		{ "stop", no_argument, NULL, 'x' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", long_options, parse_option,
	};
	struct rumble_options options = {
		.effect = { .struct_size = sizeof(options.effect),
			    .type = SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE,
			    .duration_ms = 500 },
	};
	int ret = tool_parse(&syntax, argc, argv, &options);

	if (ret != TOOL_GO_ON)
		return ret;
	if (!options.socket)
		return tool_usage(synopsis, "--socket PATH is missing");
	return rumble_with(&options);
}
