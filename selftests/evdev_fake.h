/* SPDX-License-Identifier: MIT */
/*
 * Event nodes without a kernel for them: files in a folder, whose opening and
 * whose ioctls this process answers itself. All else, from libevdev up, is what
 * reads real devices. Link with --wrap=open64 and --wrap=open.
 */
#ifndef SELFTESTS_EVDEV_FAKE_H
#define SELFTESTS_EVDEV_FAKE_H

#include <linux/input.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

#include "harness.h"

#define FAKES 80

enum fake_kind { FAKE_GAMEPAD, FAKE_JOYSTICK, FAKE_KEYBOARD };

/**
 * struct fake - What is behind the node eventN
 * @kind: What it is
 * @phys: Where it is plugged in, or NULL
 * @rumbles: It has motors
 * @upload: Called with each effect, and may take its time; NULL: it takes none
 * @opened: How often it was opened
 * @fd: Of who opened it last
 * @hand: The other end, into which events are written; 0 if there is none
 */
struct fake {
	enum fake_kind kind;
	const char *phys;
	bool rumbles;
	void (*upload)(void);
	unsigned int opened;
	int fd;
	int hand;
};

static struct fake fakes[FAKES];
static char fake_root[64];

/* ---- opening ------------------------------------------------------------ */

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

/* A node has a number; all else is a file like any other. */
static inline struct fake *fake_at(const char *path)
{
	const char *name = strstr(path, "/event");
	unsigned int number;

	if (!fake_root[0] || strncmp(path, fake_root, strlen(fake_root)) ||
	    !name || sscanf(name, "/event%u", &number) != 1 || number >= FAKES)
		return NULL;
	return &fakes[number];
}

static inline int fake_open(struct fake *fake, const char *path)
{
	struct stat status;
	int fds[2];

	if (stat(path, &status) < 0)
		return -1;
	/* Root would be let in. */
	if (!(status.st_mode & 0444)) {
		errno = EACCES;
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       fds) < 0)
		return -1;
	if (fake->hand)
		close(fake->hand);
	/* Who had that descriptor before has closed it. */
	for (size_t i = 0; i < FAKES; i++)
		if (fakes[i].fd == fds[0])
			fakes[i].fd = -1;
	fake->opened++;
	fake->fd = fds[0];
	fake->hand = fds[1];
	return fake->fd;
}

int __wrap_open64(const char *path, int flags, ...)
{
	struct fake *fake = flags & O_CREAT ? NULL : fake_at(path);
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fake ? fake_open(fake, path) : __real_open64(path, flags, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return __wrap_open64(path, flags, mode);
}

/* ---- answering ---------------------------------------------------------- */

static inline void fake_bit(unsigned char *bits, unsigned int bit)
{
	bits[bit / 8] |= (unsigned char)(1u << bit % 8);
}

static inline void fake_keys(const struct fake *fake, unsigned char *bits)
{
	static const unsigned int first[] = { BTN_A, BTN_TRIGGER, KEY_ESC };
	static const unsigned int last[] = { BTN_THUMBR, BTN_PINKIE, KEY_S };

	for (unsigned int key = first[fake->kind]; key <= last[fake->kind];
	     key++)
		fake_bit(bits, key);
}

static inline int fake_text(unsigned char *answer, const char *text)
{
	strcpy((char *)answer, text);
	return (int)strlen(text) + 1;
}

static inline int fake_types(const struct fake *fake, unsigned char *answer)
{
	fake_bit(answer, EV_SYN);
	fake_bit(answer, EV_KEY);
	if (fake->kind != FAKE_KEYBOARD)
		fake_bit(answer, EV_ABS);
	if (fake->rumbles)
		fake_bit(answer, EV_FF);
	return 8;
}

static inline int fake_axes(const struct fake *fake, unsigned char *answer)
{
	if (fake->kind != FAKE_KEYBOARD)
		answer[0] = 1u << ABS_X | 1u << ABS_Y | 1u << ABS_RX |
			    1u << ABS_RY;
	return 8;
}

/* The size of the answer, or a negative errno; sizes of <linux/input.h>. */
static inline int fake_answer(const struct fake *fake, unsigned int number,
			      unsigned char *answer)
{
	static const struct input_absinfo axis = { .minimum = -32768,
						   .maximum = 32767 };
	static const struct input_id id = { BUS_USB, 0x045e, 0x028e, 0x0110 };

	switch (number) {
	case 0x02:
		memcpy(answer, &id, sizeof(id));
		return sizeof(id);
	case 0x06:
		return fake_text(answer, "Fake Pad");
	case 0x07:
		return fake->phys ? fake_text(answer, fake->phys) : -ENOENT;
	case 0x08:
		return -ENOENT;
	case 0x20:
		return fake_types(fake, answer);
	case 0x20 + EV_KEY:
		fake_keys(fake, answer);
		return KEY_CNT / 8;
	case 0x20 + EV_ABS:
		return fake_axes(fake, answer);
	case 0x20 + EV_FF:
		if (fake->rumbles)
			fake_bit(answer, FF_RUMBLE);
		return 16;
	default:
		break;
	}
	if (number >= 0x40 && number < 0x80)
		memcpy(answer, &axis, sizeof(axis));
	return 8;
}

static inline int fake_ioctl(const struct fake *fake, unsigned long request,
			     void *argument)
{
	unsigned char answer[1024] = { 0 };
	int ret;

	if (_IOC_NR(request) == _IOC_NR(EVIOCSFF) && fake->upload) {
		fake->upload();
		((struct ff_effect *)argument)->id = 0;
	}
	/* What brings something and fetches nothing is fine. */
	if (!(_IOC_DIR(request) & _IOC_READ))
		return 0;
	ret = fake_answer(fake, _IOC_NR(request), answer);
	if (ret < 0) {
		errno = -ret;
		return -1;
	}
	memcpy(argument, answer, _IOC_SIZE(request) < sizeof(answer) ?
					 _IOC_SIZE(request) :
					 sizeof(answer));
	return ret;
}

/* In place of libc's, also for libevdev. */
__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	for (size_t i = 0; i < FAKES && _IOC_TYPE(request) == 'E'; i++)
		if (fakes[i].hand && fakes[i].fd == fd)
			return fake_ioctl(&fakes[i], request, argument);
	errno = ENOTTY;
	return -1;
}

/* ---- playing ------------------------------------------------------------ */

static inline const char *fake_path(const char *folder, unsigned int number)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/event%u", folder, number);
	return path;
}

/* A node appears, with those permissions. */
static inline void fake_make(const char *folder, unsigned int number,
			     mode_t mode)
{
	ASSERT_SYS(mknod(fake_path(folder, number), S_IFREG | mode, 0));
	ASSERT_SYS(chmod(fake_path(folder, number), mode));
}

static inline void fake_delete(const char *folder, unsigned int number)
{
	ASSERT_SYS(unlink(fake_path(folder, number)));
}

/* The device hangs up; its node may still be there. */
static inline void fake_unplug(unsigned int number)
{
	close(fakes[number].hand);
	fakes[number].hand = 0;
}

static inline ssize_t fake_write(unsigned int number, uint16_t type,
				 uint16_t code, int32_t value)
{
	const struct input_event events[] = {
		{ .type = type, .code = code, .value = value },
		{ .type = EV_SYN, .code = SYN_REPORT },
	};

	return send(fakes[number].hand, events, sizeof(events), MSG_NOSIGNAL);
}

static inline void fake_event(unsigned int number, uint16_t type, uint16_t code,
			      int32_t value)
{
	ASSERT_EQ(2 * sizeof(struct input_event),
		  fake_write(number, type, code, value));
}

static inline void fake_close_all(void)
{
	for (unsigned int i = 0; i < FAKES; i++)
		if (fakes[i].hand)
			fake_unplug(i);
}

#endif
