/* SPDX-License-Identifier: MIT */
/* One device, from its node to its pad: opened, read, and gone. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "device_check.h"

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The device's nodes, but not the end that is the device's. */
static inline int open_nodes(void)
{
	char link[64], target[512];
	int count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		ssize_t size;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		size = readlink(link, target, sizeof(target) - 1);
		target[size > 0 ? size : 0] = '\0';
		count += strstr(target, "/pts/") || strstr(target, "/plain");
	}
	return count;
}

/* ---- opening ------------------------------------------------------------ */

static void opened_without_waiting(void)
{
	int fd;

	open_device();
	fd = evdev_device_fd(device);
	CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(world.clock == CLOCK_MONOTONIC);
	CHECK(evdev_device_is_recognised(device));
	CHECK(open_nodes() == 1);
	evdev_device_close(device);
	CHECK(open_nodes() == 0);
	evdev_device_close(NULL);
}

static void what_cannot_be_opened(void)
{
	struct evdev_device *untouched = (void *)&pad;
	char plain[512];

	CHECK(evdev_device_open("/dev/input/event99", NULL, &untouched) ==
	      -ENOENT);
	snprintf(plain, sizeof(plain), "%s/plain", world_root());
	close(creat(plain, 0600));
	CHECK(evdev_device_open(plain, NULL, &untouched) == -ENOTTY);
	CHECK(evdev_device_open("/dev", NULL, &untouched) == -ENOTTY);
	world.property = INPUT_PROP_ACCELEROMETER;
	CHECK(evdev_device_open(WORLD_NODE, NULL, &untouched) ==
	      -EMEDIUMTYPE);
	world.property = 0;
	/* It went while it was asked. */
	world.errors[0x18] = ENODEV;
	CHECK(evdev_device_open(WORLD_NODE, NULL, &untouched) == -ENODEV);
	CHECK(untouched == (void *)&pad);
	CHECK(open_nodes() == 0);
}

/* Keys and axes of the pad, and nothing else of what the device has. */
static void only_what_is_used_is_delivered(void)
{
	open_device();
	CHECK(world.masks[EV_SYN][0] ==
	      (1u << EV_SYN | 1u << EV_KEY | 1u << EV_ABS));
	CHECK(world.mask_sizes[EV_KEY] * 8 >= KEY_CNT);
	CHECK(world_has(world.masks[EV_KEY], BTN_A));
	CHECK(world_has(world.masks[EV_KEY], BTN_THUMBR));
	CHECK(!world_has(world.masks[EV_KEY], BTN_C));
	CHECK(!world_has(world.masks[EV_KEY], KEY_A));
	CHECK(world.masks[EV_ABS][0] ==
	      (0x3full | 1ull << ABS_HAT0X | 1ull << ABS_HAT0Y));
	CHECK(world.mask_sizes[EV_MSC] == 0);
	evdev_device_close(device);
}

/* Old kernels have neither; they cost nothing but wakeups and exact times. */
static void without_masks_and_without_a_clock(void)
{
	uint64_t before_us;

	world.errors[0x93] = world.errors[0xa0] = EINVAL;
	begin();
	before_us = now_us();
	world_write(EV_KEY, BTN_A, 1, 1000000);
	world_write(EV_SYN, SYN_REPORT, 0, 1000000);
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.buttons[0].pressed);
	CHECK(pad.event_time_us >= before_us);
	CHECK(pad.event_time_us <= now_us());
	evdev_device_close(device);
}

static void times_that_cannot_be(void)
{
	uint64_t sent_us = now_us();

	begin();
	world_write(EV_KEY, BTN_A, 1, sent_us - 500000);
	world_write(EV_SYN, SYN_REPORT, 0, sent_us - 500000);
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.event_time_us == sent_us - 500000);
	world_write(EV_KEY, BTN_A, 0, sent_us + 1000000000);
	world_write(EV_SYN, SYN_REPORT, 0, sent_us + 1000000000);
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.event_time_us >= sent_us);
	CHECK(pad.event_time_us <= now_us());
	world_write(EV_KEY, BTN_A, 1, (uint64_t)-5000000);
	world_write(EV_SYN, SYN_REPORT, 0, (uint64_t)-5000000);
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.event_time_us >= sent_us);
	CHECK(pad.event_time_us <= now_us());
	evdev_device_close(device);
}

/* ---- events ------------------------------------------------------------- */

static void held_before(void)
{
	world_state(EV_KEY, BTN_B, 1);
	world_state(EV_ABS, ABS_RZ, 255);
	world_state(EV_ABS, ABS_Y, 32767);
	begin();
	CHECK(pad.buttons[1].pressed && pad.buttons[7].pressed);
	CHECK(pad.axes[1] == 1);
	CHECK(presses() == 0);
	evdev_device_close(device);
}

/* The kernel tells of the change of clock as of events that were lost. */
static void lost_before_the_first_step(void)
{
	open_device();
	world_state(EV_KEY, BTN_B, 1);
	world_state(EV_ABS, ABS_X, -32768);
	world_event(EV_SYN, SYN_DROPPED, 0);
	world_both(EV_KEY, BTN_A, 1);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.buttons[0].pressed && pad.buttons[1].pressed);
	CHECK(pad.axes[0] == -1);
	CHECK(presses() == 2);
	evdev_device_close(device);
}

/*
 * What was lost: A up and down and up, B down. What was left of the queue: the
 * rest of a frame, then whole ones with a press of X and an old place of the
 * stick.
 */
static void lost_on_the_way(void)
{
	begin();
	world_both(EV_KEY, BTN_A, 1);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(presses() == 1);
	world_state(EV_KEY, BTN_A, 0);
	world_state(EV_KEY, BTN_B, 1);
	world_event(EV_SYN, SYN_DROPPED, 0);
	world_event(EV_KEY, BTN_Y, 1);
	report();
	world_event(EV_KEY, BTN_X, 1);
	report();
	world_event(EV_KEY, BTN_X, 0);
	world_event(EV_ABS, ABS_X, 32767);
	report();
	world_state(EV_ABS, ABS_X, -32768);
	CHECK(step() == EVDEV_CHANGED);
	CHECK(!pad.buttons[0].pressed && pad.buttons[1].pressed);
	CHECK(!pad.buttons[2].pressed && !pad.buttons[3].pressed);
	CHECK(pad.axes[0] == -1);
	CHECK(pad.buttons[0].press_count == 1);
	CHECK(pad.buttons[1].press_count == 1);
	CHECK(pad.buttons[2].press_count == 1);
	CHECK(pad.buttons[3].press_count == 0);
	/* And then goes on as ever. */
	world_both(EV_KEY, BTN_B, 0);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(!pad.buttons[1].pressed);
	CHECK(presses() == 3);
	evdev_device_close(device);
}

/* It is not asked again for what was lost once. */
static void asked_once(void)
{
	int asked;

	begin();
	world_event(EV_SYN, SYN_DROPPED, 0);
	report();
	asked = world.asked[0x18];
	CHECK(step() == EVDEV_CHANGED);
	CHECK(world.asked[0x18] == asked + 1);
	world_both(EV_KEY, BTN_A, 1);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(world.asked[0x18] == asked + 1);
	evdev_device_close(device);
}

/* One finger was there before; one came, and it went, in what was lost. */
static void fingers_that_were_lost(void)
{
	int(*fingers)[2] = world.fingers;

	world_add_surface();
	fingers[ABS_MT_TRACKING_ID - ABS_MT_SLOT][1] = 7;
	fingers[ABS_MT_POSITION_X - ABS_MT_SLOT][1] = 1919;
	begin();
	CHECK(world_has(world.masks[EV_ABS], ABS_MT_TRACKING_ID));
	CHECK(pad.supports_touch && pad.touch_count == 1);
	CHECK(pad.touches[0].touch_id == 7 && pad.touches[0].x == 1);
	world_event(EV_ABS, ABS_MT_SLOT, 0);
	world_event(EV_ABS, ABS_MT_TRACKING_ID, 8);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.touch_count == 2);
	world_event(EV_SYN, SYN_DROPPED, 0);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.touch_count == 1 && pad.touches[0].touch_id == 7);
	fingers[ABS_MT_TRACKING_ID - ABS_MT_SLOT][1] = -1;
	world_event(EV_SYN, SYN_DROPPED, 0);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.touch_count == 0);
	evdev_device_close(device);
}

static void gone_when_asked(void)
{
	begin();
	world.errors[0x18] = ENODEV;
	world_event(EV_SYN, SYN_DROPPED, 0);
	report();
	CHECK(step() == (EVDEV_CHANGED | EVDEV_GONE));
	CHECK(!pad.connected);
	evdev_device_close(device);
}

static int tapped;

static void tap(void *data, const struct input_event *event)
{
	CHECK(data == &tapped);
	tapped += event->type == EV_KEY && event->code == BTN_A;
}

static void whoever_listens_hears_all(void)
{
	begin();
	evdev_device_tap(device, tap, &tapped);
	world_both(EV_KEY, BTN_A, 1);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(tapped == 1);
	/* Also of what was found out by asking. */
	world_state(EV_KEY, BTN_A, 0);
	world_event(EV_SYN, SYN_DROPPED, 0);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(tapped == 2);
	evdev_device_tap(device, NULL, NULL);
	world_both(EV_KEY, BTN_A, 1);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(tapped == 2);
	evdev_device_close(device);
}

/* No real device does that. */
static void an_event_in_two_parts(void)
{
	struct input_event event = { .type = EV_KEY, .code = BTN_A,
				     .value = 1 };
	const char *bytes = (const char *)&event;

	begin();
	CHECK(write(world_hardware(), bytes, 7) == 7);
	CHECK(step() == 0);
	CHECK(write(world_hardware(), bytes + 7, sizeof(event) - 7) ==
	      sizeof(event) - 7);
	CHECK(step() == 0);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.buttons[0].pressed && presses() == 1);
	evdev_device_close(device);
}

/* A device that never stops leaves time for the others. */
static void many_events_are_read_bit_by_bit(void)
{
	static struct input_event events[2000];
	char path[512];
	int fifo;

	snprintf(path, sizeof(path), "%s" WORLD_NODE, world_root());
	CHECK(unlink(path) == 0 && mkfifo(path, 0600) == 0);
	begin();
	fifo = open(path, O_RDWR | O_NONBLOCK);
	for (int i = 0; i < 2000; i++)
		events[i] = i % 2 ? (struct input_event){ .type = EV_SYN } :
				    (struct input_event){
					    .type = EV_KEY,
					    .code = BTN_A,
					    .value = i % 4 == 0 };
	CHECK(write(fifo, events, sizeof(events)) == sizeof(events));
	CHECK(step() == (EVDEV_CHANGED | EVDEV_MORE));
	CHECK(presses() == 256);
	CHECK(step() == EVDEV_CHANGED);
	CHECK(presses() == 500);
	CHECK(evdev_device_step(device, 0, &pad) == 0);
	close(fifo);
	evdev_device_close(device);
}

/* ---- going -------------------------------------------------------------- */

static void unplugged(void)
{
	static const struct sealmem_gamepad nothing;
	static const struct sealmem_gamepad_effect effect = {
		.struct_size = sizeof(effect),
		.type = SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE,
		.duration_ms = 100,
		.strong = 1,
	};

	world.rumbles = true;
	begin();
	world_both(EV_KEY, BTN_A, 1);
	world_both(EV_ABS, ABS_X, 32767);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.buttons[0].pressed);
	close(world_hardware());
	CHECK(step() == (EVDEV_CHANGED | EVDEV_GONE));
	CHECK(memcmp(&nothing, &pad, sizeof(pad)) == 0);
	/* Once: nothing more to say, and nothing to spin on. */
	pad.connected = 7;
	CHECK(step() == 0 && step() == 0 && pad.connected == 7);
	CHECK(evdev_device_play(device, &effect) == -ENODEV);
	CHECK(world.uploads == 0);
	evdev_device_close(device);
	CHECK(open_nodes() == 0);
}

/* Also without poll, as in a loop with a fixed rate. */
static void unplugged_and_not_polled(void)
{
	begin();
	close(world_hardware());
	CHECK(evdev_device_step(device, 0, &pad) ==
	      (EVDEV_CHANGED | EVDEV_GONE));
	evdev_device_close(device);
}

/* Whatever read says. */
static void hung_up(void)
{
	static const uint32_t revents[] = { POLLERR, POLLHUP, POLLNVAL };

	for (size_t i = 0; i < 3; i++) {
		begin();
		CHECK(evdev_device_step(device, revents[i], &pad) ==
		      (EVDEV_CHANGED | EVDEV_GONE));
		CHECK(!pad.connected);
		evdev_device_close(device);
	}
}

static const struct device_case cases[] = {
	CASE(opened_without_waiting),
	CASE(what_cannot_be_opened),
	CASE(only_what_is_used_is_delivered),
	CASE(without_masks_and_without_a_clock),
	CASE(times_that_cannot_be),
	CASE(held_before),
	CASE(lost_before_the_first_step),
	CASE(lost_on_the_way),
	CASE(asked_once),
	CASE(fingers_that_were_lost),
	CASE(gone_when_asked),
	CASE(whoever_listens_hears_all),
	CASE(an_event_in_two_parts),
	CASE(many_events_are_read_bit_by_bit),
	CASE(unplugged),
	CASE(unplugged_and_not_polled),
	CASE(hung_up),
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_case(cases, argc < 2 ? NULL : argv[1]);
}
