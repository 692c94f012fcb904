; For GIMP 2.10, which has no Python on many systems: lays a picture that `chromafield colorize` made over
; the photograph, as a layer of mode "LCh colour". Put this file into GIMP's folder of scripts.

(define (script-fu-chromafield-layer image drawable file)
  (gimp-image-undo-group-start image)
  (if (= (car (gimp-image-base-type image)) GRAY) (gimp-image-convert-rgb image))
  (let ((layer (car (gimp-file-load-layer RUN-NONINTERACTIVE image file))))
    (gimp-item-set-name layer "Chromafield")
    (gimp-image-insert-layer image layer 0 (car (gimp-image-get-item-position image drawable)))
    (gimp-layer-set-mode layer LAYER-MODE-LCH-COLOR))
  (gimp-image-undo-group-end image)
  (gimp-displays-flush))

(script-fu-register "script-fu-chromafield-layer"
  "_Chromafield's colours as a layer..."
  "Lays the picture that chromafield colorize made over the photograph, as a layer of mode LCh colour"
  "Chromafield" "Chromafield" "2026" "RGB* GRAY*"
  SF-IMAGE "Image" 0
  SF-DRAWABLE "Layer" 0
  SF-FILENAME "The coloured picture" "")
(script-fu-menu-register "script-fu-chromafield-layer" "<Image>/Colors")
