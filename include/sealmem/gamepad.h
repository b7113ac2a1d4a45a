/* SPDX-License-Identifier: MIT */
/*
 * Gamepads: the state of four pads, or up to 32, published by one process that
 * may read devices to many that may not. A snapshot buffer
 * (<sealmem/snapshot.h>) in a live read-only region, with two parts a pad: what
 * moves, and what it is. A reader that has seen what a pad is copies no more
 * than what moves.
 *
 * A pad is always one that was published, whole: what moves is never joined
 * with the description of another connection. A writer that is killed at any
 * instruction leaves each pad as it was published last or the time before.
 * Each read that is not FRESH leaves the caller's pad alone, so a read that was
 * BUSY looks like no change, never like a pad that is gone.
 *
 * Axes and buttons are in the order of the W3C standard gamepad where mapping
 * says so: axes 0-3 left x, left y, right x, right y (left and up are
 * negative); buttons 0-3 right cluster bottom, right, left, top; 4-7 front
 * left, right, then triggers left, right; 8, 9 select, start; 10, 11 sticks
 * pressed; 12-15 up, down, left, right; 16 centre.
 */
#ifndef SEALMEM_GAMEPAD_H
#define SEALMEM_GAMEPAD_H

#include <sealmem/base.h>
#include <sealmem/region.h>
#include <sealmem/snapshot.h>
#include <sealmem/snapshot_wait.h>

/* Pads of a buffer unless its creator asks for more, and the most there are. */
#define SEALMEM_GAMEPAD_COUNT 4
#define SEALMEM_GAMEPAD_COUNT_MAX 32
#define SEALMEM_GAMEPAD_AXES 16
#define SEALMEM_GAMEPAD_BUTTONS 32
#define SEALMEM_GAMEPAD_TOUCHES 8
#define SEALMEM_GAMEPAD_ID_SIZE 384

/**
 * enum sealmem_gamepad_mapping - What the order of axes and buttons means
 * @SEALMEM_GAMEPAD_MAPPING_NONE: As the device has them
 * @SEALMEM_GAMEPAD_MAPPING_STANDARD: The W3C standard gamepad
 */
enum sealmem_gamepad_mapping {
	SEALMEM_GAMEPAD_MAPPING_NONE = 0,
	SEALMEM_GAMEPAD_MAPPING_STANDARD = 1,
};

/**
 * enum sealmem_gamepad_button_type - What kind of button it is
 * @SEALMEM_GAMEPAD_BUTTON_OTHER: Not in the standard layout
 * @SEALMEM_GAMEPAD_BUTTON_STANDARD: In the standard layout
 * @SEALMEM_GAMEPAD_BUTTON_TRACKPAD: A trackpad that can be pressed
 */
enum sealmem_gamepad_button_type {
	SEALMEM_GAMEPAD_BUTTON_OTHER = 0,
	SEALMEM_GAMEPAD_BUTTON_STANDARD = 1,
	SEALMEM_GAMEPAD_BUTTON_TRACKPAD = 2,
};

/**
 * enum sealmem_gamepad_hand - In which hand it is held
 * @SEALMEM_GAMEPAD_HAND_NONE: Both, or unknown
 * @SEALMEM_GAMEPAD_HAND_LEFT: Left
 * @SEALMEM_GAMEPAD_HAND_RIGHT: Right
 */
enum sealmem_gamepad_hand {
	SEALMEM_GAMEPAD_HAND_NONE = 0,
	SEALMEM_GAMEPAD_HAND_LEFT = 1,
	SEALMEM_GAMEPAD_HAND_RIGHT = 2,
};

/**
 * enum sealmem_gamepad_actuator - What it can be made to feel like
 * @SEALMEM_GAMEPAD_ACTUATOR_NONE: Nothing
 * @SEALMEM_GAMEPAD_ACTUATOR_DUAL_RUMBLE: A strong and a weak motor
 * @SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE: Those, and one in each trigger
 */
enum sealmem_gamepad_actuator {
	SEALMEM_GAMEPAD_ACTUATOR_NONE = 0,
	SEALMEM_GAMEPAD_ACTUATOR_DUAL_RUMBLE = 1,
	SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE = 2,
};

/**
 * enum sealmem_gamepad_pose_part - What a pose can tell: a bit each
 * @SEALMEM_GAMEPAD_POSE_ORIENTATION: How it is turned
 * @SEALMEM_GAMEPAD_POSE_POSITION: Where it is
 * @SEALMEM_GAMEPAD_POSE_ANGULAR_VELOCITY: How fast it turns
 * @SEALMEM_GAMEPAD_POSE_LINEAR_VELOCITY: How fast it moves
 * @SEALMEM_GAMEPAD_POSE_ANGULAR_ACCELERATION: How that changes
 * @SEALMEM_GAMEPAD_POSE_LINEAR_ACCELERATION: How that changes
 * @SEALMEM_GAMEPAD_POSE_ALL: All of them
 */
enum sealmem_gamepad_pose_part {
	SEALMEM_GAMEPAD_POSE_ORIENTATION = 1,
	SEALMEM_GAMEPAD_POSE_POSITION = 2,
	SEALMEM_GAMEPAD_POSE_ANGULAR_VELOCITY = 4,
	SEALMEM_GAMEPAD_POSE_LINEAR_VELOCITY = 8,
	SEALMEM_GAMEPAD_POSE_ANGULAR_ACCELERATION = 16,
	SEALMEM_GAMEPAD_POSE_LINEAR_ACCELERATION = 32,
	SEALMEM_GAMEPAD_POSE_ALL = 63,
};

/**
 * struct sealmem_gamepad_button - One button
 * @value: 0 (released) to 1 (fully pressed)
 * @press_count: How often it was pressed since it was connected, modulo 2^32: a
 *	press and release between two reads shows here
 * @pressed: 0 or 1
 * @touched: 0 or 1
 * @type: Of enum sealmem_gamepad_button_type
 * @reserved: 0
 */
struct sealmem_gamepad_button {
	float value;
	uint32_t press_count;
	uint8_t pressed;
	uint8_t touched;
	uint8_t type;
	uint8_t reserved;
};

/**
 * struct sealmem_gamepad_touch - One finger on a touch surface
 * @touch_id: Which finger
 * @surface_id: Which surface
 * @has_surface_size: 1 if the two sizes are known
 * @reserved: 0
 * @x: -1 (left) to 1 (right)
 * @y: -1 (top) to 1 (bottom)
 * @surface_width: In units of the device
 * @surface_height: In units of the device
 */
struct sealmem_gamepad_touch {
	uint32_t touch_id;
	uint8_t surface_id;
	uint8_t has_surface_size;
	uint8_t reserved[2];
	float x;
	float y;
	uint32_t surface_width;
	uint32_t surface_height;
};

/**
 * struct sealmem_gamepad_pose - Where a pad is in space, and how it moves
 * @supported: What the device can tell: bits of enum sealmem_gamepad_pose_part
 * @valid: What it tells now, of these; 0 is no pose
 * @reserved: 0
 * @orientation: Quaternion x, y, z, w; this and all that follow are finite
 * @position: Metres
 * @angular_velocity: Radians a second
 * @linear_velocity: Metres a second
 * @angular_acceleration: Radians a second, each second
 * @linear_acceleration: Metres a second, each second
 */
struct sealmem_gamepad_pose {
	uint32_t supported;
	uint32_t valid;
	uint32_t reserved;
	float orientation[4];
	float position[3];
	float angular_velocity[3];
	float linear_velocity[3];
	float angular_acceleration[3];
	float linear_acceleration[3];
};

/**
 * struct sealmem_gamepad - One pad
 * @connected: 0 or 1; all but @connection and @sequence is 0 if it is 0
 * @mapping: Of enum sealmem_gamepad_mapping
 * @axis_count: Valid members of @axes
 * @button_count: Valid members of @buttons
 * @touch_count: Valid members of @touches
 * @connection: Which connection at this index, from 1: another one is another
 *	device. Of a disconnected pad the last; 0 if there was none. Set by the
 *	writer
 * @sequence: How often this index was published. Set by the writer
 * @event_time_us: When the kernel had the newest event: microseconds of
 *	CLOCK_MONOTONIC
 * @publish_time_us: When it was published: the same clock
 * @axes_used: A bit for each of @axes, the first in bit 0, that the device
 *	really has; a mapping may leave some out
 * @buttons_used: The same for @buttons
 * @hand: Of enum sealmem_gamepad_hand
 * @actuator: Of enum sealmem_gamepad_actuator
 * @supports_touch: 1 if there may be @touches
 * @reserved: 0
 * @axes: -1 to 1
 * @buttons: Buttons
 * @touches: Fingers on touch surfaces
 * @pose: Where it is in space
 * @id: Name and numbers of the device, UTF-8, zero-terminated. From a hostile
 *	producer any bytes but that zero: escape before printing
 */
struct sealmem_gamepad {
	uint32_t connected;
	uint32_t mapping;
	uint32_t axis_count;
	uint32_t button_count;
	uint32_t touch_count;
	uint32_t connection;
	uint64_t sequence;
	uint64_t event_time_us;
	uint64_t publish_time_us;
	uint32_t axes_used;
	uint32_t buttons_used;
	uint32_t hand;
	uint32_t actuator;
	uint8_t supports_touch;
	uint8_t reserved[7];
	float axes[SEALMEM_GAMEPAD_AXES];
	struct sealmem_gamepad_button buttons[SEALMEM_GAMEPAD_BUTTONS];
	struct sealmem_gamepad_touch touches[SEALMEM_GAMEPAD_TOUCHES];
	struct sealmem_gamepad_pose pose;
	char id[SEALMEM_GAMEPAD_ID_SIZE];
};

/**
 * struct sealmem_gamepad_writer - Zero is the empty writer
 * @snapshot: For the functions of <sealmem/snapshot_wait.h>; else private
 */
struct sealmem_gamepad_writer {
	struct sealmem_snapshot_writer snapshot;
};

/**
 * struct sealmem_gamepad_reader - Zero is the empty reader
 * @snapshot: For the functions of <sealmem/snapshot_wait.h>; else private
 */
struct sealmem_gamepad_reader {
	struct sealmem_snapshot_reader snapshot;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_gamepad_writer_create() - New buffer of pads, none connected
 * @pad_count: How many, to SEALMEM_GAMEPAD_COUNT_MAX; 0 means
 *	SEALMEM_GAMEPAD_COUNT
 * @options: How to create the region, or NULL
 * @ret_region: Receives the live region, to be handed out
 * @ret_writer: Receives its only writer
 *
 * Context: As sealmem_writable_region_create().
 * Kernel: As sealmem_readonly_region_create().
 * Return: 0, or -EINVAL (@pad_count), and as sealmem_readonly_region_create().
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_writer_create(uint32_t pad_count,
			      const struct sealmem_options *options,
			      struct sealmem_readonly_region *ret_region,
			      struct sealmem_gamepad_writer *ret_writer);

/**
 * sealmem_gamepad_writer_count() - How many pads?
 * @writer: Writer; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Pads of the buffer; 0 if @writer is empty.
 */
SEALMEM_API uint32_t
sealmem_gamepad_writer_count(const struct sealmem_gamepad_writer *writer);

/**
 * sealmem_gamepad_write() - Publish one pad
 * @writer: Writer
 * @index: Which, from 0
 * @pad: Its state; connection and sequence are ignored
 *
 * A pad is another connection if it was disconnected the last time, and if it
 * is told to be something else: another id, mapping, hand, actuator or number of
 * axes or buttons, or others of them in use, or touches now possible or not. One
 * device in the place of another just like it is not noticed: publish the
 * disconnection in between.
 *
 * Once this returns, nothing of a disconnected pad is left in the memory that
 * readers have, but for its connection and sequence.
 *
 * Context: The thread that owns @writer.
 * Return: 0, or -EBADF (empty), -EINVAL (no such pad, or a member of @pad is
 * outside its range).
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_write(struct sealmem_gamepad_writer *writer, uint32_t index,
		      const struct sealmem_gamepad *pad);

/**
 * sealmem_gamepad_writer_close() - Tell readers that this was all, and unmap
 * @writer: Writer; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @writer.
 */
SEALMEM_API void
sealmem_gamepad_writer_close(struct sealmem_gamepad_writer *writer);

/**
 * sealmem_gamepad_reader_attach() - Read pads from a region
 * @region: Region; may be closed afterwards
 * @ret_reader: Receives the reader
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EPROTO (not such a buffer, or of another
 * layout), -ENOMEM, and as sealmem_readonly_region_map().
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_reader_attach(const struct sealmem_readonly_region *region,
			      struct sealmem_gamepad_reader *ret_reader);

/**
 * sealmem_gamepad_reader_count() - How many pads?
 * @reader: Reader; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Pads of the buffer, to SEALMEM_GAMEPAD_COUNT_MAX; 0 if @reader is
 * empty.
 */
SEALMEM_API uint32_t
sealmem_gamepad_reader_count(const struct sealmem_gamepad_reader *reader);

/**
 * sealmem_gamepad_has_changed() - Has any pad been published?
 * @reader: Reader; may be empty
 *
 * Context: The thread that owns @reader; async-signal-safe.
 * Return: As sealmem_snapshot_has_changed().
 */
SEALMEM_API bool
sealmem_gamepad_has_changed(struct sealmem_gamepad_reader *reader);

/**
 * sealmem_gamepad_wait() - Sleep until a pad is published
 * @reader: Reader
 * @timeout_ms: How long at most, in milliseconds; 0 not at all, -1 for ever
 *
 * A writer does not wake who waits unless it is told to, by
 * sealmem_snapshot_writer_set_wake() or sealmem_snapshot_writer_wake() on its
 * @snapshot; until then a wait is up to SEALMEM_SNAPSHOT_LOOK_MS late.
 *
 * Context: The thread that owns @reader.
 * Return: As sealmem_snapshot_wait().
 */
SEALMEM_FALLIBLE int sealmem_gamepad_wait(struct sealmem_gamepad_reader *reader,
					  int timeout_ms);

/**
 * sealmem_gamepad_read() - Read one pad
 * @reader: Reader
 * @index: Which, from 0
 * @ret_pad: Receives its state on FRESH, every member in its range; untouched
 *	otherwise
 *
 * Context: The thread that owns @reader; async-signal-safe.
 * Return: Of enum sealmem_snapshot_state, CORRUPT also if a member is outside
 * its range; -EBADF (empty) or -EINVAL (no such pad).
 */
SEALMEM_FALLIBLE int sealmem_gamepad_read(struct sealmem_gamepad_reader *reader,
					  uint32_t index,
					  struct sealmem_gamepad *ret_pad);

/**
 * sealmem_gamepad_presses() - How often was a button pressed between two reads?
 * @before: What was read before at the same index
 * @now: What was read now
 * @button: Which, from 0
 *
 * Of another connection than @before all presses count, since they are newer.
 *
 * Context: Any thread; async-signal-safe.
 * Return: Presses, modulo 2^32; 0 if @now has no such button.
 */
SEALMEM_API uint32_t
sealmem_gamepad_presses(const struct sealmem_gamepad *before,
			const struct sealmem_gamepad *now, uint32_t button);

/**
 * sealmem_gamepad_reader_close() - Stop reading, and unmap
 * @reader: Reader; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @reader.
 */
SEALMEM_API void
sealmem_gamepad_reader_close(struct sealmem_gamepad_reader *reader);

#ifdef __cplusplus
}
#endif

#endif
