/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live_device.h"

static const int keys[] = {
	BTN_A, BTN_B, BTN_X, BTN_Y, BTN_TL, BTN_TR, BTN_SELECT, BTN_START,
	BTN_MODE, BTN_THUMBL, BTN_THUMBR,
};

struct world world;
static GMainLoop *loop;
static GThread *thread;

static void set_bit(unsigned char *bits, unsigned int number, int on)
{
	if (on)
		bits[number / 8] |= (unsigned char)(1u << number % 8);
	else
		bits[number / 8] &= (unsigned char)~(1u << number % 8);
}

/* ---- questions of the program: ioctls ----------------------------------- */

static size_t put_types(const struct pad *pad, unsigned char *answer)
{
	set_bit(answer, EV_SYN, 1);
	set_bit(answer, EV_KEY, 1);
	set_bit(answer, EV_ABS, 1);
	set_bit(answer, EV_FF, pad->can_rumble);
	return 8;
}

static size_t put_keys(unsigned char *answer)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set_bit(answer, (unsigned int)keys[i], 1);
	return KEY_CNT / 8;
}

static size_t put_axes(const struct pad *pad, unsigned char *answer)
{
	for (unsigned int i = 0; i < ABS_CNT; i++)
		if (pad->axes[i].maximum || pad->axes[i].minimum)
			set_bit(answer, i, 1);
	return ABS_CNT / 8;
}

static size_t put_effects(const struct pad *pad, unsigned char *answer)
{
	set_bit(answer, FF_RUMBLE, pad->can_rumble);
	return FF_CNT / 8;
}

static size_t put(unsigned char *answer, const void *from, size_t size)
{
	memcpy(answer, from, size);
	return size;
}

/*
 * Writes the answer to evdev's request @number: its size, or a negative errno.
 * Sizes and numbers are those of <linux/input.h>.
 */
static int answer_to(const struct pad *pad, unsigned int number,
		     unsigned char *answer)
{
	static const int version = EV_VERSION, effects = 16;

	if (number >= 0x40 && number < 0x40 + ABS_CNT)
		return (int)put(answer, &pad->axes[number - 0x40],
				sizeof(pad->axes[0]));
	switch (number) {
	case 0x01:
		return (int)put(answer, &version, sizeof(version));
	case 0x02:
		return (int)put(answer, &pad->id, sizeof(pad->id));
	case 0x06:
		return (int)put(answer, pad->name, strlen(pad->name) + 1);
	case 0x07:
	case 0x08:
		return -ENOENT;
	case 0x09:
		set_bit(answer, pad->property, pad->property != 0);
		return 4;
	case 0x18:
		return (int)put(answer, pad->key, sizeof(pad->key));
	case 0x20:
		return (int)put_types(pad, answer);
	case 0x20 + EV_KEY:
		return (int)put_keys(answer);
	case 0x20 + EV_ABS:
		return (int)put_axes(pad, answer);
	case 0x20 + EV_FF:
		return (int)put_effects(pad, answer);
	case 0x84:
		return (int)put(answer, &effects, sizeof(effects));
	default:
		return 8;
	}
}

static void fetch(const struct pad *pad, UMockdevIoctlClient *client,
		  gulong request)
{
	gsize size = _IOC_SIZE(request);
	unsigned char answer[_IOC_SIZEMASK + 1] = { 0 };
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(
		umockdev_ioctl_client_get_arg(client), 0, size, NULL);
	int ret;

	g_mutex_lock(&world.lock);
	ret = answer_to(pad, _IOC_NR(request), answer);
	g_mutex_unlock(&world.lock);
	if (!data || ret < 0) {
		umockdev_ioctl_client_complete(client, -1,
					       data ? -ret : EFAULT);
		return;
	}
	umockdev_ioctl_data_update(data, 0, answer, size);
	g_object_unref(data);
	/* The fixed ones return 0, the ones with a size how much they wrote. */
	ret = _IOC_NR(request) < 0x06 || _IOC_NR(request) >= 0x40 ? 0 : ret;
	umockdev_ioctl_client_complete(client, MIN(ret, (int)size), 0);
}

/* EVIOCSFF: the device says under which number it keeps a new effect. */
static void upload(struct pad *pad, UMockdevIoctlClient *client)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(
		umockdev_ioctl_client_get_arg(client), 0,
		sizeof(struct ff_effect), NULL);
	struct ff_effect effect;

	if (!data) {
		umockdev_ioctl_client_complete(client, -1, EFAULT);
		return;
	}
	memcpy(&effect, data->data, sizeof(effect));
	if (effect.id < 0)
		effect.id = (__s16)pad->effects++;
	umockdev_ioctl_data_update(data, 0, (guint8 *)&effect, sizeof(effect));
	g_object_unref(data);
	printf("%s: effect %d strong %d weak %d for %d ms after %d ms\n",
	       pad->node, effect.id, effect.u.rumble.strong_magnitude,
	       effect.u.rumble.weak_magnitude, effect.replay.length,
	       effect.replay.delay);
	umockdev_ioctl_client_complete(client, 0, 0);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client,
			 gpointer pad)
{
	gulong request = umockdev_ioctl_client_get_request(client);

	(void)base;
	if (_IOC_TYPE(request) != 'E')
		return FALSE;
	if (_IOC_NR(request) == _IOC_NR(EVIOCSFF))
		upload(pad, client);
	else if (_IOC_DIR(request) & _IOC_READ)
		fetch(pad, client, request);
	else
		/* An order, which brings something and fetches nothing. */
		umockdev_ioctl_client_complete(client, 0, 0);
	return TRUE;
}

/* What the program writes: to play an effect, or to stop it. */
static gboolean on_written(gint fd, GIOCondition condition, gpointer pad)
{
	struct input_event event;

	if (!(condition & G_IO_IN) ||
	    read(fd, &event, sizeof(event)) != sizeof(event))
		return G_SOURCE_REMOVE;
	printf("%s: written %d %d %d\n", ((struct pad *)pad)->node, event.type,
	       event.code, event.value);
	return G_SOURCE_CONTINUE;
}

static gpointer run_loop(gpointer unused)
{
	(void)unused;
	g_main_context_push_thread_default(world.context);
	g_main_loop_run(loop);
	g_main_context_pop_thread_default(world.context);
	return NULL;
}

/* ---- devices come and go ------------------------------------------------ */

static void set_ranges(struct pad *pad)
{
	static const int sticks[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };

	for (size_t i = 0; i < 4; i++)
		pad->axes[sticks[i]] = (struct input_absinfo){
			0, -32768, 32767, 16, 128, 0
		};
	pad->axes[ABS_Z].maximum = 255;
	pad->axes[ABS_RZ].maximum = 255;
	pad->axes[ABS_HAT0X] = (struct input_absinfo){ 0, -1, 1, 0, 0, 0 };
	pad->axes[ABS_HAT0Y] = (struct input_absinfo){ 0, -1, 1, 0, 0, 0 };
}

static struct pad *new_pad(int number)
{
	struct pad *pad = g_new0(struct pad, 1);

	snprintf(pad->node, sizeof(pad->node), "/dev/input/event%d", number);
	snprintf(pad->system, sizeof(pad->system),
		 "/sys/devices/virtual/input/input%d/event%d", number, number);
	snprintf(pad->name, sizeof(pad->name), "Live Pad");
	pad->id = (struct input_id){ BUS_USB, 0x045e, 0x028e, 0x0110 };
	pad->hardware = -1;
	set_ranges(pad);
	return pad;
}

static gboolean attach(struct pad *pad, int number)
{
	g_autofree char *text = g_strdup_printf(
		"P: %s\nN: input/event%d\nE: DEVNAME=%s\nE: ID_INPUT=1\n"
		"E: ID_INPUT_JOYSTICK=1\nE: MAJOR=13\nE: MINOR=%d\n"
		"E: SUBSYSTEM=input\nA: dev=13:%d\n", pad->system + 4, number,
		pad->node, 64 + number, 64 + number);
	UMockdevIoctlBase *base = umockdev_ioctl_base_new();
	GError *error = NULL;

	g_signal_connect(base, "handle-ioctl", G_CALLBACK(on_ioctl), pad);
	/* First, because the program looks as soon as the node is there. */
	if (umockdev_testbed_attach_ioctl(world.testbed, pad->node, base,
					  &error) &&
	    umockdev_testbed_add_from_string(world.testbed, text, &error))
		return TRUE;
	fprintf(stderr, "live_pad: %s: %s\n", pad->node, error->message);
	return FALSE;
}

/* In the thread that answers: it is its context that ioctls arrive in. */
static gboolean make_device(gpointer data)
{
	int number = GPOINTER_TO_INT(data);
	struct pad *pad = new_pad(number);

	if (attach(pad, number)) {
		pad->hardware = umockdev_testbed_get_dev_fd(world.testbed,
							    pad->node);
		/* While nobody has it open a terminal says that all went. */
		pad->held = open(ptsname(pad->hardware),
				 O_RDWR | O_NOCTTY | O_CLOEXEC);
		pad->written = g_unix_fd_source_new(pad->hardware, G_IO_IN);
		g_source_set_callback(pad->written, G_SOURCE_FUNC(on_written),
				      pad, NULL);
		g_source_attach(pad->written, world.context);
	}
	g_mutex_lock(&world.lock);
	world.pads[number] = world.used = pad;
	g_mutex_unlock(&world.lock);
	return G_SOURCE_REMOVE;
}

void add_device(int number)
{
	if (number < 0 || number >= NODES_MAX || world.pads[number])
		return;
	g_main_context_invoke(world.context, make_device,
			      GINT_TO_POINTER(number));
	g_mutex_lock(&world.lock);
	while (!world.pads[number]) {
		g_mutex_unlock(&world.lock);
		g_usleep(1000);
		g_mutex_lock(&world.lock);
	}
	g_mutex_unlock(&world.lock);
}

void unplug(struct pad *pad)
{
	if (pad->hardware >= 0) {
		/* Who waits for it holds it open. */
		g_source_destroy(pad->written);
		g_source_unref(pad->written);
		close(pad->hardware);
		/* Held on to: else the next terminal here would be this node. */
	}
	pad->hardware = -1;
}

/* What umockdev notes of a terminal, which may soon be that of another. */
static void forget_terminal(const struct pad *pad)
{
	g_autofree char *root = umockdev_testbed_get_root_dir(world.testbed);
	g_autofree char *note = g_strdelimit(
		g_strdup(ptsname(pad->hardware)), "/", '_');
	g_autofree char *path =
		g_strdup_printf("%s/dev/.ptymap/%s", root, note);

	unlink(path);
}

void take_away(struct pad *pad)
{
	umockdev_testbed_uevent(world.testbed, pad->system, "remove");
	umockdev_testbed_remove_device(world.testbed, pad->system);
	if (pad->hardware >= 0)
		forget_terminal(pad);
	unplug(pad);
}

void change_state(struct pad *pad, int type, int code, int value)
{
	g_mutex_lock(&world.lock);
	if (type == EV_KEY && code >= 0 && code < KEY_CNT)
		set_bit(pad->key, (unsigned int)code, value);
	if (type == EV_ABS && code >= 0 && code < ABS_CNT)
		pad->axes[code].value = value;
	g_mutex_unlock(&world.lock);
}

void change_range(struct pad *pad, unsigned int code, int min, int max)
{
	g_mutex_lock(&world.lock);
	pad->axes[code % ABS_CNT].minimum = min;
	pad->axes[code % ABS_CNT].maximum = max;
	g_mutex_unlock(&world.lock);
}

int begin_world(void)
{
	world.context = g_main_context_new();
	world.testbed = umockdev_testbed_new();
	loop = g_main_loop_new(world.context, FALSE);
	thread = g_thread_new("ioctl", run_loop, NULL);
	add_device(7);
	return world.used->hardware >= 0;
}

void end_world(void)
{
	g_main_loop_quit(loop);
	g_thread_join(thread);
	g_object_unref(world.testbed);
}
