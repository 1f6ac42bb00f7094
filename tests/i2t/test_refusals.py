import pytest

from cmc.i2t.refusals import declines

REFUSALS = """
I apologize, but I am not able to describe the people in it.
I'm sorry, but I can't assist with that request.
I’m really sorry, I cannot identify people.
“I’m sorry, I can’t help with that.”
"Sorry, I can't help with that."
Sorry, but I'm unable to look at pictures.
Sorry, I am unable to comply.
My apologies, but I do not have the ability to see images.
Apologies for the confusion, but there is no image to describe.
Unfortunately, I cannot provide a caption for this picture.
Unfortunately, no image was attached to your message.
Regrettably, this request cannot be processed.
I'm not able to view the photo that you sent.
I am unable to process images at this time.
I won't describe this image.
I will not be able to help with this.
I must decline to describe this photograph.
I have to respectfully decline.
I'd rather not describe this one.
I would prefer not to caption this picture.
I don't have the capability to view images directly.
I do not feel comfortable describing this content.
I didn't receive any picture.
I can only process text.
I'm just an AI, so I have no eyes.
I am a large language model and have no access to pictures.
I'm an AI language model.
As a language model, I can't see.
As an AI, I do not look at pictures.
As an AI assistant, I'm here to help with text.
As an artificial intelligence model, describing people is beyond me.
As a text-based AI, I cannot view photographs.
Unable to process the image.
Cannot assist with that.
My guidelines prevent me from describing this.
Thank you for sharing this image. Unfortunately, I can't describe it.
Thanks for the photo, but I cannot identify the person.
Hello! I'm unable to see any image in our conversation.
I understand that you want a caption, but I can't provide one.
I appreciate your patience, however I am unable to do that.
Due to privacy guidelines, I cannot identify the people in this picture.
While I would love to help, I'm unable to analyze images.
It looks like there is no image attached.
It appears that you forgot to attach the photo.
It seems the image didn't load.
The image you provided could not be loaded.
Your request was rejected by our safety system.
This content violates our usage policies.
No image was provided.
There is no picture for me to describe.
You haven't attached a photo.
Please upload an image so that I can describe it.
Could you please share the picture again?
**I'm sorry**, but I can't help.
- I cannot help with this.
I\\u200b'm sorry, I cannot do that.
I CANNOT ASSIST WITH THIS IMAGE.
Im sorry, I cant do that.
That's not something I can't talk about here; it goes against my guidelines.
Content blocked.
Unfortunately, the image is not available to me.
Sorry, that's not something I can help with.
There doesn't seem to be an image attached.
Sorry.
抱歉，我无法描述这张图片。
对不起，我不能提供帮助。
很抱歉，无法识别图片内容。
非常抱歉，作为语言模型，我看不到图像。
對不起，我無法協助。
作为一个人工智能助手，我无法查看图片。
我无法识别图片中的人物。
您似乎没有上传图片。
请重新上传图片。
申し訳ありませんが、画像を説明できません。
Lo siento, no puedo ayudar con eso.
Es tut mir leid, aber ich kann das nicht beschreiben.
"""

CAPTIONS = """
A sign reads 'I cannot'.
A sign reads "I'm sorry, I can't help with that."
A sign that says I cannot help you stands by a road.
A woman who is sorry holds a letter in the rain.
An AI generated portrait of a knight in silver armour.
An AI assistant's logo on a blue screen.
AI art of a fox in a forest.
A sorry sight: a man says I can't.
Sorry Street, a road sign in rain.
Sorry board game on a wooden table.
"I'm sorry" is painted on a brick wall.
“I cannot” stands in red letters on a door.
'Sorry, we are closed' hangs in a shop window.
I can't believe it's not butter, a yellow tub on a shelf.
Unfortunate dog in rain, grey light.
An apologetic waiter bows to a guest.
As a model walks the runway, photographers watch.
As a man cannot open the door, he looks for a key.
As an assistant hands over tools, a surgeon works.
Unable to stand, a newborn foal lies in straw.
It looks like a dog, but it is a statue.
There is no one on the empty beach.
No people are on the quiet street at dawn.
No smoking sign on a white wall.
The image is completely black.
The image shows a cat on a sofa.
This picture shows a man who cannot see.
Please do not touch, says a sign in a museum.
You are here: a map of a park with a red dot.
I see a boat on a lake.
My cat sleeps on a red pillow.
Well, a stone one, in a green garden.
Hello Kitty backpack on a chair.
Sure-footed goats climb a steep cliff.
Good dogs sit in a row.
A refused parcel lies at a door.
A screenshot of a chat in which I cannot help is written.
A robot says it is a language model in a comic.
Content people sit around a fire.
The photo was provided by a museum and shows a vase.
The image appears to have been processed in sepia, a street.
You only live once, a neon sign.
抱歉 two characters on a red card.
一个抱歉的女人站在雨中。
一只猫坐在沙发上。
一块牌子上写着“对不起，我无法”。
两个人看不清的背影。
"""


@pytest.mark.parametrize("text", REFUSALS.strip().splitlines())
def test_refusals_in_many_wordings(text: str) -> None:
    assert declines(text.replace("\\u200b", "\u200b"))


@pytest.mark.parametrize("text", CAPTIONS.strip().splitlines())
def test_captions_that_merely_contain_such_words(text: str) -> None:
    assert not declines(text)
