#ifndef INTRAFUSION_CIMAGES_H
#define INTRAFUSION_CIMAGES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Decoders and an encoder of image files in memory. Both libraries report errors by long jumps, which must not cross Swift: this is
// the only code that sees them. Functions return 0, or another number and a message.

/// The length of an error message, its end included.
#define CI_MESSAGE_LENGTH 256

/// A decoded picture.
typedef struct {
    /// Rows of pixels of interleaved channels, owned; ci_release frees it.
    uint8_t *pixels;
    size_t width;
    size_t height;
    /// 1 for grey, 3 for red, green and blue. Alpha is dropped.
    size_t channels;
} ci_picture;

/// Decodes a JPEG file with 1, 3 or 4 components. Where both sides are far longer than needed, it is decoded at 1/2, 1/4 or
/// 1/8 of its size, as long as both stay at least twice `least`.
int ci_decode_jpeg(
    const uint8_t *bytes, size_t count, size_t most_pixels, size_t least, ci_picture *picture,
    char message[CI_MESSAGE_LENGTH]);

/// Decodes a PNG file of any kind; 16 bits become 8.
int ci_decode_png(
    const uint8_t *bytes, size_t count, size_t most_pixels, ci_picture *picture, char message[CI_MESSAGE_LENGTH]);

/// Encodes rows of pixels of 1 or 3 interleaved channels as a PNG file; the caller frees its bytes by `free`.
int ci_encode_png(
    const uint8_t *pixels, size_t width, size_t height, size_t channels, uint8_t **bytes, size_t *count,
    char message[CI_MESSAGE_LENGTH]);

/// Frees a picture's pixels.
void ci_release(ci_picture *picture);

#ifdef __cplusplus
}
#endif

#endif
