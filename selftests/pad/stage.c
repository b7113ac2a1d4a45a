/* SPDX-License-Identifier: MIT */
/*
 * A producer of gamepads that does what it is told, a line each on standard
 * input, numbers in decimal:
 *
 *   stage PATH COUNT    pads of the buffer
 *
 *   connect PAD NAME    NAME to the end of the line, with \e for an escape
 *   full PAD            connects one that has all that a pad can have
 *   press PAD BUTTON    press and release
 *   hold PAD BUTTON     press
 *   axis PAD AXIS PERCENT
 *   disconnect PAD
 *   goodbye             closes the buffer
 *
 * Prints "serving" when it is there, and what effects clients ask for.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sealmem/sealmem.h>

#define CLIENTS	16

static struct sealmem_gamepad_writer writer;
static struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT_MAX];
static struct sealmem_channel clients[CLIENTS];
static int client_count;

static void check(int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "stage: %s: %s\n", what,
		strerror(ret == -1 ? errno : -ret));
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void publish(unsigned int index)
{
	struct sealmem_gamepad *pad = &pads[index];

	if (pad->connected) {
		pad->event_time_us = now_us();
		pad->publish_time_us = pad->event_time_us;
	}
	check(sealmem_gamepad_write(&writer, index, pad), "write");
	sealmem_snapshot_writer_wake(&writer.snapshot);
}

/* ---- orders ------------------------------------------------------------- */

static void name_pad(struct sealmem_gamepad *pad, const char *name)
{
	size_t size = 0;

	for (; *name && size + 1 < sizeof(pad->id); name++) {
		bool escape = name[0] == '\\' && name[1] == 'e';

		pad->id[size++] = escape ? '\033' : *name;
		name += escape;
	}
}

static void set_up_pad(unsigned int index, const char *name)
{
	struct sealmem_gamepad *pad = &pads[index];

	*pad = (struct sealmem_gamepad){
		.connected = 1,
		.mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD,
		.axis_count = 4,
		.button_count = 17,
		.axes_used = 0xf,
		.buttons_used = 0x1ffff,
		.actuator = SEALMEM_GAMEPAD_ACTUATOR_DUAL_RUMBLE,
	};
	name_pad(pad, name);
}

static void fill_pad(unsigned int index)
{
	struct sealmem_gamepad *pad = &pads[index];

	set_up_pad(index, "Full Pad");
	pad->axis_count = SEALMEM_GAMEPAD_AXES;
	pad->button_count = SEALMEM_GAMEPAD_BUTTONS;
	pad->axes_used = 0xffff;
	pad->buttons_used = 0xffffffff;
	pad->hand = SEALMEM_GAMEPAD_HAND_LEFT;
	pad->actuator = SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE;
	pad->supports_touch = 1;
	pad->touch_count = 2;
	pad->touches[1] = (struct sealmem_gamepad_touch){ .touch_id = 7,
							  .x = -0.5f,
							  .y = 0.25f };
	pad->axes[15] = 0.75f;
	pad->buttons[31].value = 0.5f;
	pad->buttons[31].pressed = 1;
	pad->buttons[31].touched = 1;
	pad->buttons[31].press_count = 4242;
	publish(index);
}

static void set_button(unsigned int index, unsigned int button, int down)
{
	struct sealmem_gamepad_button *its = &pads[index].buttons[button];

	its->press_count += down && !its->pressed;
	its->value = (float)down;
	its->pressed = its->touched = (uint8_t)down;
	publish(index);
}

static void obey(char *line)
{
	unsigned int pad, number;
	int percent, start = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "connect %u %n", &pad, &start) == 1 && start) {
		set_up_pad(pad, line + start);
		publish(pad);
	} else if (sscanf(line, "full %u", &pad) == 1) {
		fill_pad(pad);
	} else if (sscanf(line, "press %u %u", &pad, &number) == 2) {
		set_button(pad, number, 1);
		set_button(pad, number, 0);
	} else if (sscanf(line, "hold %u %u", &pad, &number) == 2) {
		set_button(pad, number, 1);
	} else if (sscanf(line, "axis %u %u %d", &pad, &number, &percent) == 3) {
		pads[pad].axes[number] = (float)percent / 100;
		publish(pad);
	} else if (sscanf(line, "disconnect %u", &pad) == 1) {
		pads[pad] = (struct sealmem_gamepad){ 0 };
		publish(pad);
	} else if (!strcmp(line, "goodbye")) {
		sealmem_gamepad_writer_close(&writer);
	} else {
		fprintf(stderr, "stage: what is %s\n", line);
	}
}

/* ---- clients ------------------------------------------------------------ */

static void serve_client(struct sealmem_channel *listener,
			 const struct sealmem_readonly_region *region)
{
	struct sealmem_channel *channel = &clients[client_count];

	if (client_count == CLIENTS)
		exit(1);
	check(sealmem_channel_accept(listener, -1, channel), "accept");
	check(sealmem_channel_send_readonly(channel, region, NULL), "send");
	client_count++;
}

static void hear(struct sealmem_channel *channel)
{
	struct sealmem_gamepad_effect effect;
	int ret = sealmem_gamepad_effect_receive(channel, 0, &effect);

	if (ret == -ENODATA || ret == -ECONNRESET)
		sealmem_channel_close(channel);
	else if (ret < 0)
		printf("refused: %s\n", strerror(-ret));
	else
		printf("effect pad=%u type=%u ms=%u delay=%u strong=%.2f "
		       "weak=%.2f left=%.2f right=%.2f\n", effect.index,
		       effect.type, effect.duration_ms, effect.start_delay_ms,
		       (double)effect.strong, (double)effect.weak,
		       (double)effect.left_trigger,
		       (double)effect.right_trigger);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sealmem_channel listener = { 0 };
	struct sealmem_readonly_region region = { 0 };
	char line[1024];

	if (argc != 3)
		return 2;
	check(sealmem_gamepad_writer_create((uint32_t)atoi(argv[2]), NULL,
					    &region, &writer), "create");
	check(sealmem_channel_listen(argv[1], 0600, &listener), "listen");
	setvbuf(stdin, NULL, _IONBF, 0);
	printf("serving\n");
	fflush(stdout);
	for (;;) {
		struct pollfd polled[CLIENTS + 2] = {
			{ .fd = 0, .events = POLLIN },
			{ .fd = sealmem_channel_fd(&listener),
			  .events = POLLIN },
		};
		int count = client_count;

		for (int i = 0; i < count; i++)
			polled[2 + i] = (struct pollfd){
				.fd = sealmem_channel_fd(&clients[i]),
				.events = POLLIN,
			};
		check(poll(polled, (nfds_t)count + 2, -1), "poll");
		if (polled[1].revents)
			serve_client(&listener, &region);
		for (int i = 0; i < count; i++)
			if (polled[2 + i].revents)
				hear(&clients[i]);
		if (polled[0].revents && !fgets(line, sizeof(line), stdin))
			return 0;
		if (polled[0].revents)
			obey(line);
	}
}
