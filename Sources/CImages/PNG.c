#include "CImages.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
    const uint8_t *bytes;
    size_t left;
} source;

static void fail(png_structp png, png_const_charp text) {
    snprintf(png_get_error_ptr(png), CI_MESSAGE_LENGTH, "%s", text);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep target, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->left) png_error(png, "it ends too early");
    memcpy(target, from->bytes, count);
    from->bytes += count;
    from->left -= count;
}

int ci_decode_png(const uint8_t *bytes, size_t count, size_t most_pixels, ci_picture *picture, char *message) {
    source from = {bytes, count};
    // What is changed behind setjmp and read after the jump must be volatile.
    png_bytep *volatile rows = NULL;
    memset(picture, 0, sizeof *picture);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        snprintf(message, CI_MESSAGE_LENGTH, "there is not enough memory for it");
        return 1;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        free(rows);
        ci_release(picture);
        return 1;
    }
    png_set_read_fn(png, &from, take);
    png_set_chunk_malloc_max(png, 8 << 20);
    png_read_info(png, info);
    size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (height > 0 && width > most_pixels / height) {
        char text[CI_MESSAGE_LENGTH];
        snprintf(
            text, sizeof text, "it has %zu x %zu pixels, more than the %zu that are read", width, height, most_pixels);
        png_error(png, text);
    }
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t channels = png_get_channels(png, info), stride = png_get_rowbytes(png, info);
    if ((channels != 1 && channels != 3) || stride != width * channels) png_error(png, "its pixels are of no known kind");
    picture->width = width;
    picture->height = height;
    picture->channels = channels;
    picture->pixels = malloc(stride * height);
    rows = malloc(height * sizeof *rows);
    if (!picture->pixels || !rows) png_error(png, "there is not enough memory for it");
    for (size_t y = 0; y < height; y++) rows[y] = picture->pixels + y * stride;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return 0;
}

int ci_encode_png(
    const uint8_t *pixels, size_t width, size_t height, size_t channels, uint8_t **bytes, size_t *count, char *message) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = (png_uint_32)width;
    image.height = (png_uint_32)height;
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    *bytes = NULL;
    *count = 0;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    // The simplified interface of libpng catches its own jumps.
    *bytes = malloc(size);
    if (!*bytes || !png_image_write_to_memory(&image, *bytes, &size, 0, pixels, 0, NULL)) {
        snprintf(message, CI_MESSAGE_LENGTH, "%s", *bytes ? image.message : "there is not enough memory for it");
        png_image_free(&image);
        free(*bytes);
        *bytes = NULL;
        return 1;
    }
    *count = size;
    return 0;
}
