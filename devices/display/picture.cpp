// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace devices::display {

hypervisor::Result<Picture> takePicture(const Framebuffer& framebuffer) {
    const auto view = framebuffer.view();
    if (!view)
        return hypervisor::failure(
            "There is no picture of the screen: the machine shows nothing. Start it, and wait "
            "until its driver for the screen runs.");
    Picture picture{view->mode.width, view->mode.height, {}};
    picture.pixels.resize(std::size_t{picture.width} * picture.height);
    for (std::uint32_t y = 0; y < picture.height; ++y)
        std::memcpy(&picture.pixels[std::size_t{y} * picture.width], view->line(y),
                    std::size_t{picture.width} * kBytesPerPixel);
    return picture;
}

Picture scaledDown(const Picture& picture, std::uint32_t side) {
    const std::uint32_t longer = std::max(picture.width, picture.height);
    if (longer <= side || side == 0)
        return picture;
    const auto scaled = [&](std::uint32_t length) {
        return static_cast<std::uint32_t>(
            std::max<std::uint64_t>(1, std::uint64_t{length} * side / longer));
    };
    Picture small{scaled(picture.width), scaled(picture.height), {}};
    small.pixels.reserve(std::size_t{small.width} * small.height);
    // Of the lines or columns of the large one, those that become `at` of `count`.
    const auto share = [](std::uint32_t at, std::uint32_t count, std::uint32_t of) {
        return std::pair(static_cast<std::uint32_t>(std::uint64_t{at} * of / count),
                         static_cast<std::uint32_t>((std::uint64_t{at} + 1) * of / count));
    };
    for (std::uint32_t y = 0; y < small.height; ++y) {
        const auto [top, bottom] = share(y, small.height, picture.height);
        for (std::uint32_t x = 0; x < small.width; ++x) {
            const auto [left, right] = share(x, small.width, picture.width);
            std::array<std::uint64_t, 3> sums{};
            for (std::uint32_t line = top; line < bottom; ++line)
                for (std::uint32_t column = left; column < right; ++column) {
                    const std::uint32_t pixel =
                        picture.pixels[std::size_t{line} * picture.width + column];
                    for (unsigned channel = 0; channel < 3; ++channel)
                        sums[channel] += pixel >> 8 * channel & 0xFF;
                }
            const std::uint64_t count = std::uint64_t{bottom - top} * (right - left);
            std::uint32_t pixel = 0;
            for (unsigned channel = 0; channel < 3; ++channel)
                pixel |= static_cast<std::uint32_t>(sums[channel] / count) << 8 * channel;
            small.pixels.push_back(pixel);
        }
    }
    return small;
}

hypervisor::Result<std::vector<std::byte>> encodePng(const Picture& picture) {
    std::vector<std::uint8_t> colours;
    colours.reserve(picture.pixels.size() * 3);
    for (const std::uint32_t pixel : picture.pixels)
        for (const unsigned shift : {16U, 8U, 0U})
            colours.push_back(static_cast<std::uint8_t>(pixel >> shift));
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = picture.width;
    image.height = picture.height;
    image.format = PNG_FORMAT_RGB;
    // Once for the size, once for the bytes.
    png_alloc_size_t size = 0;
    std::vector<std::byte> bytes;
    if (png_image_write_to_memory(&image, nullptr, &size, 0, colours.data(), 0, nullptr) != 0) {
        bytes.resize(size);
        if (png_image_write_to_memory(&image, bytes.data(), &size, 0, colours.data(), 0, nullptr) !=
            0) {
            bytes.resize(size);
            return bytes;
        }
    }
    return hypervisor::failure(std::string("Can't encode the picture of the screen: ") +
                               image.message);
}

}  // namespace devices::display
