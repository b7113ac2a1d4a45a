/* SPDX-License-Identifier: MIT */
/* Recordings of devices as text: what is one, what is none, and back again. */
#include <linux/input.h>

#include "harness.h"
#include "tools/gamepad/evdev_evemu.h"

/* What evemu-record prints of a small pad, less the empty types. */
static const char pad_text[] =
	"# EVEMU 1.3\n"
	"# Input device name: \"Small Pad\"\n"
	"N: Small Pad # 1\n"
	"I: 0003 045e 028e 0110\n"
	"P: 00 00 00 00 00 00 00 00\n"
	"B: 00 0b 00 02 00 00 00 00 00\n"
	"B: 01 00 00 00 00 00 00 00 00\n"
	"B: 01 00 00 00 00 00 00 00 00\n"
	"B: 01 00 00 00 00 00 00 00 00\n"
	"B: 01 00 00 00 00 00 00 00 00\n"
	"B: 01 00 00 00 00 00 00 03 00\n"
	"B: 03 01 00 02 00 00 00 00 00\n"
	"B: 11 04 00 00 00 00 00 00 00\n"
	"A: 00 -32768 32767 16 128 0\n"
	"A: 11 -1 1 0 0 0\n"
	"L: 02 1\n"
	"################################\n"
	"\n"
	"E: 0.000001 0001 0130 0001\t# EV_KEY / BTN_SOUTH            1\n"
	"E: 0.000001 0003 0000 -005\t# EV_ABS / ABS_X                -5\n"
	"E: 0.000001 0000 0000 0000\r\n"
	"E: 12.345678 0003 0011 -1\n";

static struct evemu parsed(const char *text)
{
	struct evemu evemu = { 0 };
	struct evemu_error error = { 0 };

	if (evemu_parse(text, strlen(text), &evemu, &error))
		TH_LOG("line %zu: %s", error.line, error.problem);
	ASSERT_NOT_NULL(evemu.device);
	return evemu;
}

static void expect_event(const struct input_event *event, uint64_t time_us,
			 int type, int code, int value)
{
	EXPECT_EQ(time_us, evemu_time_us(event));
	EXPECT_EQ(type, event->type);
	EXPECT_EQ(code, event->code);
	EXPECT_EQ(value, event->value);
}

TEST(every_kind_of_line)
{
	struct evemu evemu = parsed(pad_text);
	const struct libevdev *device = evemu.device;
	const struct input_absinfo *x = libevdev_get_abs_info(device, ABS_X);

	EXPECT_STREQ("Small Pad # 1", libevdev_get_name(device));
	EXPECT_EQ(BUS_USB, libevdev_get_id_bustype(device));
	EXPECT_EQ(0x45e, libevdev_get_id_vendor(device));
	EXPECT_EQ(0x28e, libevdev_get_id_product(device));
	EXPECT_EQ(0x110, libevdev_get_id_version(device));
	EXPECT_TRUE(libevdev_has_event_code(device, EV_KEY, BTN_SOUTH));
	EXPECT_TRUE(libevdev_has_event_code(device, EV_KEY, BTN_EAST));
	EXPECT_FALSE(libevdev_has_event_code(device, EV_KEY, BTN_C));
	EXPECT_EQ(1, libevdev_get_event_value(device, EV_LED, LED_SCROLLL));
	ASSERT_NOT_NULL(x);
	EXPECT_EQ(-32768, x->minimum);
	EXPECT_EQ(32767, x->maximum);
	EXPECT_EQ(16, x->fuzz);
	EXPECT_EQ(128, x->flat);
	EXPECT_EQ(-1, libevdev_get_abs_minimum(device, ABS_HAT0Y));
	EXPECT_FALSE(libevdev_has_event_code(device, EV_ABS, ABS_Y));
	ASSERT_EQ(4, evemu.event_count);
	expect_event(&evemu.events[0], 1, EV_KEY, BTN_SOUTH, 1);
	expect_event(&evemu.events[1], 1, EV_ABS, ABS_X, -5);
	expect_event(&evemu.events[2], 1, EV_SYN, SYN_REPORT, 0);
	expect_event(&evemu.events[3], 12345678, EV_ABS, ABS_HAT0Y, -1);
	evemu_free(&evemu);
	EXPECT_NULL(evemu.device);
	EXPECT_EQ(0, evemu.event_count);
}

/* ---- back to text ------------------------------------------------------- */

static char *written(const struct evemu *evemu, size_t *ret_size)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, ret_size);

	ASSERT_NOT_NULL(file);
	evemu_write_device(file, evemu->device);
	for (size_t i = 0; i < evemu->event_count; i++)
		evemu_write_event(file, &evemu->events[i]);
	ASSERT_EQ(0, fclose(file));
	return text;
}

/* What was written is read as the same, so it is written the same again. */
static void expect_round_trip(const struct evemu *evemu)
{
	struct evemu_error error = { 0 };
	struct evemu again = { 0 };
	size_t size, size_again;
	char *text = written(evemu, &size), *text_again;

	if (evemu_parse(text, size, &again, &error))
		TH_LOG("line %zu: %s in:\n%s", error.line, error.problem,
		       text);
	ASSERT_NOT_NULL(again.device);
	EXPECT_EQ(evemu->event_count, again.event_count);
	text_again = written(&again, &size_again);
	ASSERT_EQ(size, size_again);
	EXPECT_MEMEQ(text, text_again, size);
	free(text_again);
	free(text);
	evemu_free(&again);
}

TEST(what_is_written_is_read_again)
{
	struct evemu evemu = parsed(pad_text);
	size_t size;
	char *text = written(&evemu, &size);

	EXPECT_NOT_NULL(strstr(text, "\nN: Small Pad # 1\n"));
	EXPECT_NOT_NULL(strstr(text, "\nI: 0003 045e 028e 0110\n"));
	EXPECT_NOT_NULL(strstr(text, "\nB: 00 0b 00 02 00 00 00 00 00\n"));
	EXPECT_NOT_NULL(strstr(text, "\nB: 01 00 00 00 00 00 00 03 00\n"));
	EXPECT_NOT_NULL(strstr(text, "\nA: 11 -1 1 0 0 0\n"));
	EXPECT_NOT_NULL(strstr(text, "\nL: 02 1\n"));
	EXPECT_NOT_NULL(strstr(text, "\nE: 0.000001 0003 0000 -005\t# "));
	EXPECT_NOT_NULL(strstr(text, "\nE: 12.345678 0003 0011 -001\t# "));
	free(text);
	expect_round_trip(&evemu);
	evemu_free(&evemu);
}

TEST(a_name_cannot_bring_lines)
{
	struct evemu evemu = parsed(pad_text);
	size_t size;
	char *text;

	libevdev_set_name(evemu.device, "Pad\nE: 0.1 0001 001e 1\n\033[2J\xff");
	text = written(&evemu, &size);
	EXPECT_NOT_NULL(strstr(text, "\nN: Pad?E: 0.1 0001 001e 1??[2J?\n"));
	free(text);
	expect_round_trip(&evemu);
	evemu_free(&evemu);
}

/* Events are what a device sends, not what it should. */
TEST(events_of_any_kind)
{
	struct evemu evemu = parsed("N: \nI: 0 0 0 0\n"
				    "E: 0.000000 ffff ffff -2147483648\n"
				    "E: 2147483647.999999 1f 3ff 2147483647\n");

	ASSERT_EQ(2, evemu.event_count);
	expect_event(&evemu.events[0], 0, 0xffff, 0xffff, INT32_MIN);
	expect_event(&evemu.events[1], 2147483647999999, 0x1f, 0x3ff,
		     INT32_MAX);
	expect_round_trip(&evemu);
	evemu_free(&evemu);
}

/* ---- what is refused ---------------------------------------------------- */

#define HEAD "N: Pad\nI: 0003 045e 028e 0110\n"

static const struct {
	const char *text;
	size_t line;
} wrong[] = {
	{ "", 0 },
	{ "\n\n", 2 },
	{ "N: Pad\n", 1 },
	{ "I: 0003 045e 028e 0110\n", 1 },
	{ "N: Pad\nI: 0003 045e 028e 0110", 2 },
	{ "N: Pad\nN: Pad\n", 2 },
	{ HEAD "I: 0003 045e 028e 0110\n", 3 },
	{ "N: Pad\nI: 0003 045e 028e\n", 2 },
	{ "N: Pad\nI: 0003 045e 028e 10110\n", 2 },
	{ "N: Pad\nI: 0003 045e 028e 0110 0\n", 2 },
	{ HEAD "X: 1\n", 3 },
	{ HEAD "hello\n", 3 },
	{ HEAD "E\n", 3 },
	{ HEAD " E: 0.000001 0 0 0\n", 3 },
	{ HEAD "P: 00 00 00 00 00 00 00\n", 3 },
	{ HEAD "P: 00 00 00 00 00 00 00 00 00\n", 3 },
	{ HEAD "P: 00 00 00 00 01 00 00 00\n", 3 },
	{ HEAD "P: 100 00 00 00 00 00 00 00\n", 3 },
	{ HEAD "B: 20 00 00 00 00 00 00 00 00\n", 3 },
	{ HEAD "B: 06 01 00 00 00 00 00 00 00\n", 3 },
	{ HEAD "B: 02 00 00 01 00 00 00 00 00\n", 3 },
	{ HEAD "B: 02 00 00 00 00 00 00 00 00\n"
	       "B: 02 01 00 00 00 00 00 00 00\n", 4 },
	{ HEAD "B: 00 00 00 00 00 01 00 00 00\n", 3 },
	{ HEAD "B: 03 01 00 00 00 00 00 00 00\n", 3 },
	{ HEAD "A: 00 0 255 0 0 0\n", 3 },
	{ HEAD "A: 00 0 255 0 0\n#\n", 3 },
	{ HEAD "A: 00 0 2147483648 0 0 0\n#\n", 3 },
	{ HEAD "A: 00 -2147483649 0 0 0 0\n#\n", 3 },
	{ HEAD "A: 00 - 0 0 0 0\n#\n", 3 },
	{ HEAD "A: 40 0 255 0 0 0\n#\n", 3 },
	{ HEAD "A: 2f 0 2147483647 0 0 0\n#\n", 3 },
	{ HEAD "A: 2f 0 -1 0 0 0\n#\n", 3 },
	{ HEAD "A: 2f 0 64 0 0 0\n#\n", 3 },
	{ HEAD "A: 00 0 1 0 0 0\nA: 00 0 1 0 0 0\n", 4 },
	{ HEAD "L: 02 1\n", 3 },
	{ HEAD "S: ffff 1\n", 3 },
	{ HEAD "E: 0.000001 0000 0000 0000\nP: 00 00 00 00 00 00 00 00\n", 4 },
	{ HEAD "E: 0.000002 0 0 0\nE: 0.000001 0 0 0\n", 4 },
	{ HEAD "E: 0.00001 0 0 0\n", 3 },
	{ HEAD "E: 0.0000001 0 0 0\n", 3 },
	{ HEAD "E: 2147483648.000000 0 0 0\n", 3 },
	{ HEAD "E: .000001 0 0 0\n", 3 },
	{ HEAD "E: 1 0 0 0\n", 3 },
	{ HEAD "E: -1.000000 0 0 0\n", 3 },
	{ HEAD "E: 0.000001 10000 0 0\n", 3 },
	{ HEAD "E: 0.000001 0 0\n", 3 },
	{ HEAD "E: 0.000001 0 0 0x1\n", 3 },
	{ HEAD "E: 0.000001 0 0 0#\n", 3 },
	{ HEAD "E: 0.000001 0 0 +1\n", 3 },
	{ HEAD "E: 0.000001 0 0 99999999999999999999999\n", 3 },
};

TEST(what_is_wrong_and_where)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct evemu evemu = { 0 };
		struct evemu_error error = { 0 };

		TH_LOG("case %zu: %s", i, wrong[i].text);
		EXPECT_ERR(EBADMSG, evemu_parse(wrong[i].text,
						strlen(wrong[i].text), &evemu,
						&error));
		EXPECT_EQ(wrong[i].line, error.line);
		EXPECT_NOT_NULL(error.problem);
		EXPECT_NULL(evemu.device);
		EXPECT_NULL(evemu.events);
	}
}

TEST(a_name_has_an_end)
{
	char text[400] = HEAD;
	struct evemu evemu = { 0 };
	struct evemu_error error = { 0 };

	memset(text + 3, 'x', 256);
	strcpy(text + 3 + 255, "\nI: 0 0 0 0\n");
	ASSERT_OK(evemu_parse(text, strlen(text), &evemu, &error));
	EXPECT_EQ(255, strlen(libevdev_get_name(evemu.device)));
	evemu_free(&evemu);
	strcpy(text + 3 + 255, "x\nI: 0 0 0 0\n");
	EXPECT_ERR(EBADMSG,
		   evemu_parse(text, strlen(text), &evemu, &error));
	EXPECT_EQ(1, error.line);
	/* Nor may it hide what comes after a zero. */
	EXPECT_ERR(EBADMSG, evemu_parse("N: a\0b\nI: 0 0 0 0\n", 18, &evemu,
					&error));
	EXPECT_EQ(1, error.line);
}

TEST(as_many_events_as_there_may_be)
{
	static const char line[] = "E: 0.000001 0 0 0\n";
	size_t size = strlen(line), head = strlen(HEAD);
	char *text = malloc(head + size * (EVEMU_EVENTS_MAX + 1));
	struct evemu evemu = { 0 };
	struct evemu_error error = { 0 };

	ASSERT_NOT_NULL(text);
	memcpy(text, HEAD, head);
	for (size_t i = 0; i <= EVEMU_EVENTS_MAX; i++)
		memcpy(text + head + i * size, line, size);
	ASSERT_OK(evemu_parse(text, head + size * EVEMU_EVENTS_MAX, &evemu,
			      &error));
	EXPECT_EQ(EVEMU_EVENTS_MAX, evemu.event_count);
	evemu_free(&evemu);
	EXPECT_ERR(EBADMSG,
		   evemu_parse(text, head + size * (EVEMU_EVENTS_MAX + 1),
			       &evemu, &error));
	EXPECT_EQ(EVEMU_EVENTS_MAX + 3, error.line);
	free(text);
}

/* ---- any bytes ---------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* One byte changed, gone, doubled, or everything after it. */
static size_t mutate(char *text, size_t size, uint32_t *state)
{
	static const char bytes[] = "0129afNIPBALSE:.- #\n\r\t\0\xff";
	size_t at = next_random(state) % size;
	char byte = bytes[next_random(state) % (sizeof(bytes) - 1)];

	switch (next_random(state) % 8) {
	case 0:
		memmove(text + at, text + at + 1, size - at - 1);
		return size - 1;
	case 1:
		memmove(text + at + 1, text + at, size - at);
		return size + 1;
	case 2:
		return at + 1;
	default:
		text[at] = byte;
		return size;
	}
}

/* In a block of exactly its size, so that a sanitizer sees overreads. */
static bool try_text(const char *text, size_t size)
{
	char *copy = malloc(size);
	struct evemu evemu = { 0 };
	struct evemu_error error = { 0 };
	int ret;

	ASSERT_NOT_NULL(copy);
	memcpy(copy, text, size);
	ret = evemu_parse(copy, size, &evemu, &error);
	free(copy);
	if (ret == 0) {
		expect_round_trip(&evemu);
		evemu_free(&evemu);
		return true;
	}
	EXPECT_EQ(-EBADMSG, ret);
	EXPECT_NOT_NULL(error.problem);
	EXPECT_NULL(evemu.device);
	return false;
}

TEST_TIMEOUT(ten_thousand_mutations, 120)
{
	char text[sizeof(pad_text) + 16];
	uint32_t state = 7;
	int accepted = 0;

	for (int i = 0; i < 10000; i++) {
		size_t size = sizeof(pad_text) - 1;

		memcpy(text, pad_text, size);
		for (uint32_t n = next_random(&state) % 3; n < 3; n++)
			size = mutate(text, size, &state);
		accepted += try_text(text, size);
	}
	/* Names, remarks and numbers may be others. */
	EXPECT_GT(accepted, 500);
	EXPECT_LT(accepted, 9000);
}

TEST(keyboards_are_told_from_pads)
{
	struct evemu pad = parsed(pad_text);

	EXPECT_FALSE(evemu_can_type(pad.device));
	libevdev_enable_event_code(pad.device, EV_KEY, KEY_HOMEPAGE, NULL);
	EXPECT_FALSE(evemu_can_type(pad.device));
	libevdev_enable_event_code(pad.device, EV_KEY, KEY_Q, NULL);
	EXPECT_TRUE(evemu_can_type(pad.device));
	evemu_free(&pad);
}

TH_MAIN
